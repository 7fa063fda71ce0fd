import { createServer, type Server } from "node:http";
import { type Handler, serveReadOnly, textAnswer } from "./answer.ts";

/** One thing that must hold for the server to be ready. */
export interface HealthCheck {
  readonly name: string;
  readonly isPassed: () => boolean;
}

/**
 * `/healthz`: the process works, that is, it answers. `/readyz`: all checks pass. Both answer `ok`; with `?verbose` they list
 * their checks.
 */
export function createHealthServer(checks: readonly HealthCheck[]): Server {
  const handler =
    (wanted: readonly HealthCheck[]): Handler =>
    (url) => {
      const results = wanted.map(({ name, isPassed }) => ({ name, passed: isPassed() }));
      const isOk = results.every(({ passed }) => passed);
      const lines = results.map(({ name, passed }) => `[${passed ? "+" : "-"}]${name} ${passed ? "ok" : "failed"}\n`);
      const isVerbose = url.searchParams.has("verbose") || !isOk;
      return textAnswer(isOk ? 200 : 503, isVerbose ? `${lines.join("")}${isOk ? "ok" : "not ready"}\n` : "ok");
    };
  const ping: HealthCheck = { name: "ping", isPassed: () => true };
  const paths = new Map([
    ["/healthz", handler([ping])],
    ["/readyz", handler([ping, ...checks])],
  ]);
  return createServer(serveReadOnly(paths, () => undefined));
}
