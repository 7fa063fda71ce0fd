/** TLS settings of a whole Gateway: how clients prove who they are, and how the gateway does so to backends. */
import { defaulted, type Infer, listOf, named, object, oneOf, optional, required } from "../../schema/builder.ts";
import { rule } from "../../schema/rules.ts";
import { PortNumber } from "./names.ts";
import { ObjectReference, SecretObjectReference } from "./references.ts";

/** How certificates of clients are checked. */
export const FrontendTLSValidation = named(
  "FrontendTLSValidation",
  object({
    mode: defaulted(
      oneOf("AllowValidOnly", "AllowInsecureFallback"),
      "AllowValidOnly",
      "`AllowValidOnly`: a client without a valid certificate is turned away; `AllowInsecureFallback`: it is let in.",
    ),
    caCertificateRefs: required(
      listOf(
        ObjectReference,
        { listType: "atomic", minItems: 1, maxItems: 16 },
        rule(
          "self.all(r, !(r.group == 'certificates.k8s.io' && r.kind == 'ClusterTrustBundle' && has(r.namespace)))",
          "ClusterTrustBundle references must not specify namespace",
        ),
      ),
      "Objects with the authorities whose certificates are trusted: ConfigMaps with the key `ca.crt`, Secrets, ClusterTrustBundles.",
    ),
  }),
  "How certificates of clients are checked.",
);
export type FrontendTLSValidation = Infer<typeof FrontendTLSValidation>;

/** TLS towards clients, at one port or at all. */
export const TLSConfig = named(
  "TLSConfig",
  object({
    validation: optional(
      FrontendTLSValidation,
      "How certificates of clients are checked. Absent means that none is asked for.",
    ),
  }),
  "TLS towards clients, at one port or at all.",
);
export type TLSConfig = Infer<typeof TLSConfig>;

/** TLS of a Gateway towards clients and backends. */
export const GatewayTLSConfig = named(
  "GatewayTLSConfig",
  object({
    backend: optional(
      object({
        clientCertificateRef: optional(
          SecretObjectReference,
          "Secret with the certificate that the gateway shows to backends.",
        ),
      }),
      "TLS towards backends.",
    ),
    frontend: optional(
      object({
        default: required(TLSConfig, "For all HTTPS listeners whose port is not in `perPort`."),
        perPort: optional(
          listOf(
            object({
              port: required(PortNumber, "Port of the listeners."),
              tls: required(TLSConfig, "For the HTTPS listeners on this port."),
            }),
            { listType: "map", listMapKeys: ["port"], maxItems: 64 },
            rule(
              "self.all(t1, self.exists_one(t2, t1.port == t2.port))",
              "Port for TLS configuration must be unique within the Gateway",
            ),
          ),
          "For single ports.",
        ),
      }),
      "TLS towards clients.",
    ),
  }),
  "TLS of a Gateway towards clients and backends.",
);
export type GatewayTLSConfig = Infer<typeof GatewayTLSConfig>;
