/** What an EnvoyProxy wants. The configuration file of the control plane holds one as well, for all Gateways. */
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
  string,
} from "../../../schema/builder.ts";
import { rule } from "../../../schema/rules.ts";
import { LabelSelector } from "../../gateway-api/listener.ts";
import { Duration } from "../../gateway-api/names.ts";
import { SecretObjectReference } from "../../gateway-api/references.ts";
import { ProxyHealthCheckLog } from "../shared/health-check-log.ts";
import { JSONPatchOperation } from "../shared/json-patch.ts";
import { tlsSettingsFields, tlsSettingsRules } from "../shared/tls-settings.ts";
import { ProxyAccessLog } from "./access-log.ts";
import { DynamicModules, EnvoyProxyGeoIP } from "./extensions.ts";
import { FilterPosition } from "./filter-order.ts";
import { ProxyMetrics } from "./metrics.ts";
import { EnvoyProxyProvider } from "./provider.ts";
import { ProxyTracing } from "./tracing.ts";

/** TLS towards all backends. */
export const BackendTLSConfig = named(
  "BackendTLSConfig",
  object(
    {
      ...tlsSettingsFields,
      clientCertificateRef: optional(SecretObjectReference, "Secret with the certificate that backends are shown."),
    },
    ...tlsSettingsRules,
  ),
  "TLS towards all backends.",
);
export type BackendTLSConfig = Infer<typeof BackendTLSConfig>;

/** How much a proxy logs about itself. */
export const LogLevel = oneOf("trace", "debug", "info", "warn", "error", "off", "critical");
export type LogLevel = Infer<typeof LogLevel>;

/** The configuration that proxies start with. */
export const ProxyBootstrap = named(
  "ProxyBootstrap",
  object(
    {
      type: defaulted(
        oneOf("Merge", "Replace", "JSONPatch"),
        "Replace",
        "`Replace`: `value` takes the place of the generated one; `Merge`: it is merged over it; `JSONPatch`: `jsonPatches` change it.",
      ),
      value: optional(string(), "Bootstrap configuration as YAML."),
      jsonPatches: optional(listOf(JSONPatchOperation), "Changes to the generated configuration."),
    },
    rule(
      "self.type == 'JSONPatch' ? self.jsonPatches.size() > 0 : has(self.value)",
      "jsonPatches must be given for type JSONPatch, value for the other types",
    ),
  ),
  "The configuration that proxies start with.",
);
export type ProxyBootstrap = Infer<typeof ProxyBootstrap>;

/** What proxies tell about themselves and the traffic. */
export const ProxyTelemetry = named(
  "ProxyTelemetry",
  object({
    accessLog: optional(ProxyAccessLog, "Access logs. Default: JSON on standard output."),
    tracing: optional(ProxyTracing, "Traces. Default: none."),
    metrics: optional(ProxyMetrics, "Metrics. Default: for Prometheus."),
    requestID: optional(
      object({
        tracing: optional(
          oneOf("PackAndSample", "Sample", "Pack", "Disable"),
          "What the request id (x-request-id) has to do with tracing: the decision is written into it (`Pack`), read from it (`Sample`), both, or neither. Default: `PackAndSample`.",
        ),
      }),
      "Request ids.",
    ),
    healthCheckLog: optional(
      ProxyHealthCheckLog,
      "Log of health checks, where a policy has none of its own. Default: none.",
    ),
  }),
  "What proxies tell about themselves and the traffic.",
);
export type ProxyTelemetry = Infer<typeof ProxyTelemetry>;

/** How proxies end. */
export const ShutdownConfig = named(
  "ShutdownConfig",
  object({
    drainTimeout: optional(Duration, "Time after which a proxy ends even if connections are open. Default: 60s."),
    minDrainDuration: optional(
      Duration,
      "Time that a proxy drains at least, so that load balancers notice. Default: 10s.",
    ),
    healthCheckFailureDelay: optional(
      Duration,
      "Time between the order to end and the first failing readiness check. Default: none.",
    ),
  }),
  "How proxies end.",
);
export type ShutdownConfig = Infer<typeof ShutdownConfig>;

/** What an EnvoyProxy wants. */
export const EnvoyProxySpec = named(
  "EnvoyProxySpec",
  object(
    {
      provider: optional(
        EnvoyProxyProvider,
        "Where the proxies run. Default: as the control plane's own provider says.",
      ),
      logging: defaulted(
        object({
          level: defaulted(
            mapOf(LogLevel),
            { default: "warn" },
            "Level for each component of Envoy; `default` for all others.",
          ),
        }),
        { level: { default: "warn" } },
        "How much proxies log about themselves.",
      ),
      telemetry: optional(ProxyTelemetry, "Logs, metrics and traces of the traffic."),
      bootstrap: optional(ProxyBootstrap, "The configuration that proxies start with."),
      concurrency: optional(integer({ format: "int32" }), "Number of worker threads. Default: one for each processor."),
      routingType: optional(
        string<"Endpoint" | "Service">(),
        "Whether requests go to the endpoints of Services themselves (`Endpoint`, the default) or to the Services' own addresses (`Service`).",
      ),
      extraArgs: optional(listOf(string()), "Further arguments of the proxy."),
      mergeGateways: optional(boolean(), "Whether all Gateways of the class share one fleet. Default: false."),
      mergeBackends: optional(
        object({
          selector: optional(LabelSelector, "Labels of the routes whose backends are shared. Absent means all."),
        }),
        "Has routes with the same backend share its cluster.",
      ),
      mergeType: optional(
        oneOf("Replace", "StrategicMerge", "JSONMerge"),
        "How a Gateway's own EnvoyProxy goes together with the class's. Default: `Replace`, it takes its place.",
      ),
      shutdown: optional(ShutdownConfig, "How proxies end."),
      filterOrder: optional(listOf(FilterPosition), "Moves HTTP filters from their usual places."),
      backendTLS: optional(BackendTLSConfig, "TLS towards all backends; a Backend's or policy's own settings win."),
      ipFamily: optional(oneOf("IPv4", "IPv6", "DualStack"), "Address families proxies listen on. Default: `IPv4`."),
      preserveRouteOrder: optional(
        boolean(),
        "Whether rules are matched in the order they are written in, without sorting by how specific they are. Default: false.",
      ),
      luaValidation: optional(
        oneOf("Strict", "InsecureSyntax", "Disabled"),
        "How Lua scripts are checked: run in a sandbox (`Strict`, the default), parsed only, or not at all.",
      ),
      dynamicModules: optional(DynamicModules, "Dynamic modules that policies may use."),
      geoIP: optional(EnvoyProxyGeoIP, "Databases that tell where an address is."),
    },
    rule(
      "!(has(self.mergeGateways) && self.mergeGateways && has(self.mergeBackends))",
      "mergeBackends cannot be given where mergeGateways is true",
    ),
  ),
  "What an EnvoyProxy wants.",
);
export type EnvoyProxySpec = Infer<typeof EnvoyProxySpec>;
