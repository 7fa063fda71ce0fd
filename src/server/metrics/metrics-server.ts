import { createServer, type Server } from "node:http";
import { serveReadOnly } from "../http/answer.ts";
import type { Logs } from "../logs/logs.ts";
import type { MetricStore } from "./metric-store.ts";
import { prometheusText } from "./prometheus.ts";

/** Content type of Prometheus' text format. */
const prometheusContentType = "text/plain; version=0.0.4; charset=utf-8";

/** Offers the metrics to Prometheus at `/metrics`. */
export function createMetricsServer(store: MetricStore, logs: Logs): Server {
  const metrics = async () => ({ status: 200, contentType: prometheusContentType, body: await prometheusText(store) });
  return createServer(
    serveReadOnly(new Map([["/metrics", metrics]]), (error) =>
      logs.for("server").error({ error }, "metrics could not be shown"),
    ),
  );
}
