/**
 * EnvoyGateway: the configuration file of the control plane. It is no object of an API, has no metadata, and is checked with
 * `admitValue(EnvoyGateway, …)`. Where the original's program fills in a default, the schema does so here.
 */
import {
  boolean,
  defaulted,
  type Infer,
  type InferInput,
  integer,
  listOf,
  named,
  object,
  oneOf,
  optional,
  required,
  string,
} from "../../schema/builder.ts";
import { rule } from "../../schema/rules.ts";
import { Duration } from "../gateway-api/names.ts";
import { ExtensionManager } from "./envoygateway/extension-manager.ts";
import { defaultAdminPort } from "./envoygateway/ports.ts";
import { EnvoyGatewayProvider } from "./envoygateway/provider.ts";
import { RateLimit } from "./envoygateway/rate-limit.ts";
import { EnvoyGatewayLogging, EnvoyGatewayTelemetry } from "./envoygateway/telemetry.ts";
import { EnvoyProxySpec } from "./envoyproxy/spec.ts";
import { Quantity } from "./shared/quantity.ts";

/** Name of this controller, where the configuration gives no other. */
export const DEFAULT_CONTROLLER_NAME = "gateway.envoyproxy.io/gatewayclass-controller";

/** Parts of the API that are off until they are turned on, since they let users do more than routing. */
export const ExtensionAPISettings = named(
  "ExtensionAPISettings",
  object(
    {
      enableEnvoyPatchPolicy: defaulted(boolean(), false, "Whether EnvoyPatchPolicies have an effect."),
      enableBackend: defaulted(boolean(), false, "Whether Backends have an effect."),
      enableLua: optional(boolean(), "Whether Lua scripts in EnvoyExtensionPolicies have an effect. Default: false."),
      disableLua: optional(boolean(), "Deprecated: use `enableLua`."),
      enableSDSSecretRef: defaulted(
        boolean(),
        false,
        "Whether Secrets may say that Envoy is to fetch a certificate from elsewhere.",
      ),
    },
    rule(
      "!(has(self.enableLua) && has(self.disableLua) && self.enableLua == self.disableLua)",
      "enableLua and disableLua contradict each other",
    ),
  ),
  "Parts of the API that are off until they are turned on, since they let users do more than routing.",
);
export type ExtensionAPISettings = Infer<typeof ExtensionAPISettings>;

const RuntimeFlag = oneOf("XDSNameSchemeV2", "EndpointSliceIndex", "PerResourceSystemCASecret");

/** The admin server. */
export const EnvoyGatewayAdmin = named(
  "EnvoyGatewayAdmin",
  object({
    address: defaulted(
      object({
        host: defaulted(string(), "127.0.0.1", "Address it listens on."),
        port: defaulted(integer({ minimum: 0 }), defaultAdminPort, "Port it listens on."),
      }),
      {},
      "Where it listens.",
    ),
    enableDumpConfig: defaulted(boolean(), false, "Whether the configuration is logged with each change."),
    enablePprof: defaulted(boolean(), false, "Whether profiles can be taken."),
  }),
  "The admin server.",
);
export type EnvoyGatewayAdmin = Infer<typeof EnvoyGatewayAdmin>;

/** The configuration file of the control plane. */
export const EnvoyGateway = named(
  "EnvoyGateway",
  object(
    {
      apiVersion: required(oneOf("gateway.envoyproxy.io/v1alpha1"), "Group and version of the format."),
      kind: required(oneOf("EnvoyGateway"), "Name of the format."),
      gateway: defaulted(
        object({
          controllerName: defaulted(
            string(),
            DEFAULT_CONTROLLER_NAME,
            "GatewayClasses that name this controller are run.",
          ),
        }),
        {},
        "Which GatewayClasses are run.",
      ),
      provider: defaulted(
        EnvoyGatewayProvider,
        { type: "Kubernetes" },
        "Where objects come from and where proxies run.",
      ),
      logging: defaulted(EnvoyGatewayLogging, {}, "How much the control plane logs."),
      admin: defaulted(EnvoyGatewayAdmin, {}, "The admin server."),
      telemetry: defaulted(EnvoyGatewayTelemetry, {}, "What the control plane tells about itself."),
      xdsServer: defaulted(
        object({
          maxConnectionAge: optional(
            Duration,
            "Time after which a proxy is asked to connect anew. Default: at random from 10h to 12h.",
          ),
          maxConnectionAgeGrace: optional(Duration, "Time it has for that. Default: 2m."),
          maxReceiveMessageSize: optional(Quantity, "Largest message a proxy may send. Default: 32Mi."),
        }),
        {},
        "The server that proxies get their configuration from.",
      ),
      rateLimit: optional(RateLimit, "The service that counts requests for all proxies together. Absent means none."),
      extensionManager: optional(ExtensionManager, "An extension of the control plane."),
      extensionManagers: optional(
        listOf(
          ExtensionManager,
          { minItems: 1 },
          rule(
            "self.all(a, has(a.name) && self.exists_one(b, has(b.name) && a.name == b.name))",
            "extensionManagers must have different names",
          ),
        ),
        "Several extensions, in the order in which they are asked.",
      ),
      extensionApis: defaulted(ExtensionAPISettings, {}, "Parts of the API that are off until they are turned on."),
      gatewayAPI: optional(
        object({
          enabled: optional(
            listOf(oneOf("XBackendTrafficPolicy")),
            "Kinds of group gateway.networking.x-k8s.io that have an effect.",
          ),
        }),
        "Experimental kinds of the Gateway API.",
      ),
      runtimeFlags: optional(
        object({
          enabled: optional(listOf(RuntimeFlag), "Ways of behaving that are turned on."),
          disabled: optional(listOf(RuntimeFlag), "Ways of behaving that are turned off; wins over `enabled`."),
        }),
        "Ways of behaving that can be chosen. On from the start: EndpointSliceIndex.",
      ),
      envoyProxy: optional(
        EnvoyProxySpec,
        "What all proxies have in common; classes' and Gateways' own EnvoyProxies win.",
      ),
    },
    rule(
      "!(has(self.extensionManager) && has(self.extensionManagers))",
      "extensionManager and extensionManagers cannot be given both",
    ),
  ),
  "The configuration file of the control plane.",
);
export type EnvoyGateway = Infer<typeof EnvoyGateway>;
export type EnvoyGatewayInput = InferInput<typeof EnvoyGateway>;
