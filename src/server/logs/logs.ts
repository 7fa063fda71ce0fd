import { type DestinationStream, type Logger, pino } from "pino";
import type { EnvoyGatewayLogging, LOG_COMPONENTS } from "../../api/v1alpha1/envoygateway/telemetry.ts";
import { textLine } from "./text-line.ts";

/** Part of the control plane a line comes from; each has its level in the configuration. */
export type LogComponent = Exclude<(typeof LOG_COMPONENTS)[number], "default"> | "admin" | "server";

/** Where log lines go; a process's stream fits. */
export interface LogDestination {
  write(text: string): unknown;
}

/** Loggers of all components, whose levels and form can be changed while they are in use. */
export interface Logs {
  /** The logger of a component; the same one for each call. */
  for(component: LogComponent): Logger;
  /** Takes over levels and form from the configuration. */
  apply(logging: EnvoyGatewayLogging): void;
}

/**
 * Makes loggers that write to `destination`: one JSON object for each line with `ts`, `level`, `logger`, `msg`, or with encoder
 * `Text` one line for people.
 */
export function createLogs(logging: EnvoyGatewayLogging, destination: LogDestination): Logs {
  let current = logging;
  const stream: DestinationStream = {
    write: (line) => void destination.write(current.encoder === "JSON" ? line : textLine(line)),
  };
  const root = pino(
    {
      base: null,
      level: "trace",
      messageKey: "msg",
      timestamp: () => `,"ts":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      errorKey: "error",
    },
    stream,
  );
  const loggers = new Map<LogComponent, Logger>();
  return {
    for(component) {
      const known = loggers.get(component);
      if (known) return known;
      const logger = root.child({ logger: component }, { level: levelOf(component, current) });
      loggers.set(component, logger);
      return logger;
    },
    apply(next) {
      current = next;
      for (const [component, logger] of loggers) logger.level = levelOf(component, next);
    },
  };
}

function levelOf(component: LogComponent, { level }: EnvoyGatewayLogging): string {
  const name = level[component] ?? level["default"] ?? "info";
  return name === "off" ? "silent" : name;
}
