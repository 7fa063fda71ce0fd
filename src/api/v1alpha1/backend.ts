/** Backend: endpoints outside Kubernetes that routes can send requests to. */
import {
  boolean,
  defaulted,
  type Infer,
  listOf,
  named,
  object,
  oneOf,
  optional,
  string,
} from "../../schema/builder.ts";
import { AGE, column, type InferKind, type InferKindInput, kind } from "../../schema/kind.ts";
import { rule } from "../../schema/rules.ts";
import { WellKnownCACertificates } from "../gateway-api/backendtlspolicy.ts";
import { Conditions } from "../gateway-api/conditions.ts";
import { PreciseHostname } from "../gateway-api/names.ts";
import { LocalObjectReference, SecretObjectReference } from "../gateway-api/references.ts";
import { FQDNEndpoint, IPEndpoint, UnixSocket } from "./shared/endpoint.ts";
import { ENVOY_GATEWAY_CATEGORY, ENVOY_GATEWAY_GROUP } from "./shared/group.ts";
import { tlsSettingsFields, tlsSettingsRules } from "./shared/tls-settings.ts";

/** One endpoint: a name, an IP address, or a Unix socket. */
export const BackendEndpoint = named(
  "BackendEndpoint",
  object(
    {
      fqdn: optional(FQDNEndpoint, "A host by its DNS name."),
      ip: optional(IPEndpoint, "A host by its IP address."),
      unix: optional(UnixSocket, "A Unix socket."),
      hostname: optional(
        PreciseHostname,
        "Name of the endpoint, for the Host header and the TLS server name where those are derived from it.",
      ),
      zone: optional(string(), "Zone the endpoint is in."),
    },
    rule("(has(self.fqdn) || has(self.ip) || has(self.unix))", "one of fqdn, ip and unix must be given"),
    rule(
      "((has(self.fqdn) && !(has(self.ip) || has(self.unix))) || (has(self.ip) && !(has(self.fqdn) || has(self.unix))) || (has(self.unix) && !(has(self.ip) || has(self.fqdn))))",
      "only one of fqdn, ip and unix may be given",
    ),
  ),
  "One endpoint: a name, an IP address, or a Unix socket.",
);
export type BackendEndpoint = Infer<typeof BackendEndpoint>;

const HAS_CERTIFICATES = "has(self.caCertificateRefs) && size(self.caCertificateRefs) > 0";
const HAS_WELL_KNOWN = 'has(self.wellKnownCACertificates) && self.wellKnownCACertificates != ""';
const DERIVES_SNI = "has(self.tls.autoSNIFromEndpointHostname) && self.tls.autoSNIFromEndpointHostname";

/** TLS towards the endpoints. */
export const BackendTLSSettings = named(
  "BackendTLSSettings",
  object(
    {
      ...tlsSettingsFields,
      caCertificateRefs: optional(
        listOf(LocalObjectReference, { maxItems: 8 }),
        "Objects with the authorities that are trusted: ConfigMaps or Secrets with the key `ca.crt`, or ClusterTrustBundles.",
      ),
      wellKnownCACertificates: optional(
        WellKnownCACertificates,
        "A well-known set of authorities that is trusted: `System`.",
      ),
      insecureSkipVerify: defaulted(boolean(), false, "Whether certificates are not checked at all."),
      sni: optional(
        PreciseHostname,
        "Server name that endpoints are asked for, and that their certificate must carry.",
      ),
      autoSNIFromEndpointHostname: optional(boolean(), "Whether each endpoint is asked for by its own hostname."),
      clientCertificateRef: optional(SecretObjectReference, "Secret with the certificate that endpoints are shown."),
    },
    rule(
      `!(${HAS_CERTIFICATES} && ${HAS_WELL_KNOWN})`,
      "caCertificateRefs and wellKnownCACertificates cannot be given both",
    ),
    rule(
      `!((has(self.insecureSkipVerify) && self.insecureSkipVerify) && ((${HAS_CERTIFICATES}) || (${HAS_WELL_KNOWN})))`,
      "insecureSkipVerify and authorities that are trusted cannot be given both",
    ),
    rule(
      "!(has(self.sni) && has(self.autoSNIFromEndpointHostname) && self.autoSNIFromEndpointHostname)",
      "sni and autoSNIFromEndpointHostname cannot be given both",
    ),
    ...tlsSettingsRules,
  ),
  "TLS towards the endpoints.",
);
export type BackendTLSSettings = Infer<typeof BackendTLSSettings>;

/** What a Backend wants. */
export const BackendSpec = named(
  "BackendSpec",
  object(
    {
      type: defaulted(
        oneOf("Endpoints", "DynamicResolver"),
        "Endpoints",
        "`Endpoints`: those listed; `DynamicResolver`: the host that the request itself names.",
      ),
      endpoints: optional(
        listOf(
          BackendEndpoint,
          { minItems: 1, maxItems: 256 },
          rule(
            "self.all(f, has(f.fqdn)) || !self.exists(f, has(f.fqdn))",
            "endpoints of kind fqdn cannot be mixed with others in one Backend",
          ),
        ),
        "The endpoints.",
      ),
      appProtocols: optional(
        listOf(oneOf("gateway.envoyproxy.io/h2c", "gateway.envoyproxy.io/ws", "gateway.envoyproxy.io/wss")),
        "What the endpoints speak, where it is not HTTP/1.1.",
      ),
      fallback: optional(boolean(), "Uses the Backend only when all others of the rule are unhealthy. Default: false."),
      tls: optional(
        BackendTLSSettings,
        "TLS towards the endpoints. Absent means plain text, unless a BackendTLSPolicy says otherwise.",
      ),
    },
    rule(
      "self.type != 'DynamicResolver' || !has(self.endpoints)",
      "endpoints cannot be given with type DynamicResolver",
    ),
    rule(
      `self.type != 'DynamicResolver' || !has(self.tls) || !(${DERIVES_SNI})`,
      "tls.autoSNIFromEndpointHostname cannot be true with type DynamicResolver",
    ),
    rule(
      `!has(self.tls) || !(${DERIVES_SNI}) || self.endpoints.all(e, (!has(e.ip) && !has(e.unix)) || has(e.hostname))`,
      "tls.autoSNIFromEndpointHostname needs a hostname at each endpoint of kind ip or unix",
    ),
  ),
  "What a Backend wants.",
);
export type BackendSpec = Infer<typeof BackendSpec>;

/** What was observed of a Backend. */
export const BackendStatus = named(
  "BackendStatus",
  object({ conditions: optional(Conditions, "State of the Backend.") }),
  "What was observed of a Backend.",
);
export type BackendStatus = Infer<typeof BackendStatus>;

/** Endpoints outside Kubernetes that routes can send requests to. */
export const Backend = kind("Backend", {
  group: ENVOY_GATEWAY_GROUP,
  versions: ["v1alpha1"],
  shortNames: ["be"],
  categories: [ENVOY_GATEWAY_CATEGORY],
  columns: [column("Status", '.status.conditions[?(@.type=="Accepted")].reason'), AGE],
  spec: BackendSpec,
  status: BackendStatus,
  doc: "Endpoints outside Kubernetes that routes can send requests to.",
});
export type Backend = InferKind<typeof Backend>;
export type BackendInput = InferKindInput<typeof Backend>;
