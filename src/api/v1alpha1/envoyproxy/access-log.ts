/** Access logs of the proxies. */
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
import {
  backendClusterFields,
  hostOrBackend,
  noSingleBackendRef,
  servicesAndBackends,
} from "../shared/backend-cluster.ts";
import { EnvoyHTTPHeader } from "../shared/http-header.ts";
import { fieldOfType } from "../shared/union.ts";

/** What a line of the log looks like. */
export const ProxyAccessLogFormat = named(
  "ProxyAccessLogFormat",
  object(
    {
      type: optional(
        oneOf("Text", "JSON"),
        "Whether lines are text or JSON. Absent: for OpenTelemetry both may be given (body and attributes).",
      ),
      text: optional(string(), "The line, with Envoy's `%…%` variables."),
      json: optional(mapOf(string()), "Keys and values of the line, with Envoy's `%…%` variables."),
    },
    ...(
      [
        ["Text", "text", "json"],
        ["JSON", "json", "text"],
      ] as const
    ).flatMap(([type, own, other]) => [
      rule(
        `has(self.type) && self.type == '${type}' ? has(self.${own}) : true`,
        `${own} must be given for type ${type}`,
      ),
      rule(
        `has(self.type) && self.type == '${type}' ? !has(self.${other}) : true`,
        `${other} cannot be given for type ${type}`,
      ),
    ]),
    rule("!has(self.type) ? (has(self.text) || has(self.json)) : true", "text or json must be given"),
  ),
  "What a line of the log looks like.",
);
export type ProxyAccessLogFormat = Infer<typeof ProxyAccessLogFormat>;

/** Sends entries to a gRPC access log service. */
export const ALSEnvoyProxyAccessLog = named(
  "ALSEnvoyProxyAccessLog",
  object(
    {
      ...backendClusterFields,
      logName: optional(string({ minLength: 1 }), "Name of the log. Default: `<namespace>/<name>` of the EnvoyProxy."),
      type: required(oneOf("HTTP", "TCP"), "Whether entries are about requests or connections."),
      http: optional(
        object({
          requestHeaders: optional(listOf(string()), "Request headers that are sent along."),
          responseHeaders: optional(listOf(string()), "Headers of answers that are sent along."),
          responseTrailers: optional(listOf(string()), "Trailers of answers that are sent along."),
        }),
        "What is sent along, for type `HTTP`.",
      ),
    },
    rule("self.type == 'HTTP' || !has(self.http)", "http is for type HTTP only"),
    noSingleBackendRef,
    rule("has(self.backendRefs) && self.backendRefs.size() > 0", "backendRefs must name a backend"),
    ...servicesAndBackends,
  ),
  "Sends entries to a gRPC access log service.",
);
export type ALSEnvoyProxyAccessLog = Infer<typeof ALSEnvoyProxyAccessLog>;

/** Sends entries to an OpenTelemetry collector. */
export const OpenTelemetryEnvoyProxyAccessLog = named(
  "OpenTelemetryEnvoyProxyAccessLog",
  object(
    {
      ...backendClusterFields,
      host: optional(string(), "Deprecated: use `backendRefs`."),
      port: defaulted(integer({ format: "int32", minimum: 0 }), 4317, "Deprecated: use `backendRefs`."),
      headers: optional(
        listOf(EnvoyHTTPHeader, { minItems: 1, maxItems: 32 }),
        "Headers of the calls to the collector.",
      ),
      resourceAttributes: optional(mapOf(string()), "Attributes that say where the entries come from."),
      resources: optional(mapOf(string()), "Deprecated: use `resourceAttributes`."),
    },
    hostOrBackend,
    noSingleBackendRef,
    ...servicesAndBackends,
    rule(
      "!has(self.resources) || !has(self.resourceAttributes)",
      "resources is the old name of resourceAttributes; give the new one only",
    ),
  ),
  "Sends entries to an OpenTelemetry collector.",
);
export type OpenTelemetryEnvoyProxyAccessLog = Infer<typeof OpenTelemetryEnvoyProxyAccessLog>;

/** Where entries go. */
export const ProxyAccessLogSink = named(
  "ProxyAccessLogSink",
  object(
    {
      type: optional(oneOf("ALS", "File", "OpenTelemetry"), "Kind of the sink."),
      als: optional(ALSEnvoyProxyAccessLog, "A gRPC access log service."),
      file: optional(
        object({ path: optional(string({ minLength: 1 }), "Path of the file, such as `/dev/stdout`.") }),
        "A file in the proxy's file system.",
      ),
      openTelemetry: optional(OpenTelemetryEnvoyProxyAccessLog, "An OpenTelemetry collector."),
    },
    fieldOfType("ALS", "als"),
    fieldOfType("File", "file"),
    fieldOfType("OpenTelemetry", "openTelemetry"),
  ),
  "Where entries go.",
);
export type ProxyAccessLogSink = Infer<typeof ProxyAccessLogSink>;

/** One access log. */
export const ProxyAccessLogSetting = named(
  "ProxyAccessLogSetting",
  object({
    type: optional(
      oneOf("Listener", "Route", "Upstream"),
      "What is logged: connections (`Listener`), requests (`Route`), attempts at backends (`Upstream`). Absent means requests, and connections without one.",
    ),
    format: optional(ProxyAccessLogFormat, "What a line looks like. Default: JSON with the usual fields."),
    matches: optional(
      listOf(string(), { maxItems: 10 }),
      "CEL expressions over a request; what meets one of them is logged. Absent means everything.",
    ),
    sinks: required(listOf(ProxyAccessLogSink, { minItems: 1, maxItems: 50 }), "Where entries go."),
  }),
  "One access log.",
);
export type ProxyAccessLogSetting = Infer<typeof ProxyAccessLogSetting>;

/** Access logs of the proxies. */
export const ProxyAccessLog = named(
  "ProxyAccessLog",
  object({
    disable: optional(boolean(), "Turns access logs off. Default: false."),
    settings: optional(
      listOf(ProxyAccessLogSetting, { minItems: 1, maxItems: 50 }),
      "The logs. Absent means one in JSON on standard output.",
    ),
  }),
  "Access logs of the proxies.",
);
export type ProxyAccessLog = Infer<typeof ProxyAccessLog>;
