import { Agent, request as httpRequest } from "node:http";
import type { Collector, CollectorAddress, Signal } from "./collector.ts";

const paths: Readonly<Record<Signal, string>> = { metrics: "/v1/metrics", traces: "/v1/traces" };

/** OTLP/HTTP with binary protobuf. */
export function httpCollector({ host, port, timeoutMs }: CollectorAddress): Collector {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const headersOf = (body: Uint8Array) => ({
    "content-type": "application/x-protobuf",
    "content-length": body.byteLength,
  });
  return {
    send: (signal, body) =>
      new Promise((resolve, reject) => {
        const call = httpRequest({
          agent,
          host: host.replace(/^\[|\]$/g, ""),
          port,
          path: paths[signal],
          method: "POST",
          headers: headersOf(body),
          signal: AbortSignal.timeout(timeoutMs),
        });
        call.on("response", (response) => {
          response.resume();
          const { statusCode = 0, statusMessage = "" } = response;
          if (statusCode >= 200 && statusCode < 300) resolve();
          else reject(new Error(`it answers ${statusCode} ${statusMessage}`.trim()));
        });
        call.on("error", (error) =>
          reject(error.name === "AbortError" ? new Error(`no answer within ${timeoutMs} ms`) : error),
        );
        call.end(body);
      }),
    close: () => agent.destroy(),
  };
}
