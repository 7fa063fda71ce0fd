/** What the control plane tells about itself. */
import {
  boolean,
  defaulted,
  type Infer,
  integer,
  listOf,
  mapOf,
  named,
  object,
  oneOf,
  optional,
  required,
  string,
} from "../../../schema/builder.ts";
import { rule } from "../../../schema/rules.ts";
import { Fraction } from "../../gateway-api/http-filters.ts";
import { Duration } from "../../gateway-api/names.ts";
import { LogLevel } from "../envoyproxy/spec.ts";

/** Parts of the control plane whose log level can be set. */
export const LOG_COMPONENTS = [
  "default",
  "provider",
  "gateway-api",
  "xds-translator",
  "xds-server",
  "xds",
  "infrastructure",
  "global-ratelimit",
] as const;

/** How much the control plane logs. */
export const EnvoyGatewayLogging = named(
  "EnvoyGatewayLogging",
  object({
    level: defaulted(
      mapOf(
        LogLevel,
        rule(
          `self.all(component, component in [${LOG_COMPONENTS.map((name) => `'${name}'`).join(", ")}])`,
          `level is for components ${LOG_COMPONENTS.join(", ")}`,
        ),
      ),
      { default: "info" },
      "Level for each component; `default` for all others.",
    ),
    encoder: optional(oneOf("Text", "JSON"), "What lines look like. Default: `Text`."),
  }),
  "How much the control plane logs.",
);
export type EnvoyGatewayLogging = Infer<typeof EnvoyGatewayLogging>;

/** An OpenTelemetry collector. */
export const EnvoyGatewayOpenTelemetrySink = named(
  "EnvoyGatewayOpenTelemetrySink",
  object({
    host: required(string(), "Host of the collector."),
    protocol: required(oneOf("grpc", "http"), "What it speaks."),
    port: defaulted(integer({ format: "int32", minimum: 0 }), 4317, "Port of the collector."),
    exportInterval: optional(Duration, "Time between two exports. Default: 60s."),
    exportTimeout: optional(Duration, "Time limit of an export. Default: 30s."),
  }),
  "An OpenTelemetry collector.",
);
export type EnvoyGatewayOpenTelemetrySink = Infer<typeof EnvoyGatewayOpenTelemetrySink>;

const Sink = object({
  type: defaulted(oneOf("OpenTelemetry"), "OpenTelemetry", "Kind of the sink.", { required: true }),
  openTelemetry: optional(EnvoyGatewayOpenTelemetrySink, "The collector."),
});

/** What the control plane tells about itself. */
export const EnvoyGatewayTelemetry = named(
  "EnvoyGatewayTelemetry",
  object({
    metrics: defaulted(
      object({
        sinks: optional(listOf(Sink), "Where metrics are sent to."),
        prometheus: defaulted(
          object({ disable: defaulted(boolean(), false, "Turns the endpoint off.") }),
          {},
          "The endpoint `/metrics`.",
        ),
      }),
      {},
      "Metrics.",
    ),
    traces: optional(
      object({
        sink: optional(Sink, "Where spans are sent to."),
        samplingRate: optional(Fraction, "Share of the traces that is kept. Default: all."),
      }),
      "Traces. Absent means none.",
    ),
  }),
  "What the control plane tells about itself.",
);
export type EnvoyGatewayTelemetry = Infer<typeof EnvoyGatewayTelemetry>;
