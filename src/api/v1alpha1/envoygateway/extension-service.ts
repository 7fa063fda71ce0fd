/** Services that extend the control plane, spoken to over gRPC. */
import {
  defaulted,
  type Infer,
  integer,
  listOf,
  named,
  object,
  oneOf,
  optional,
  required,
  string,
} from "../../../schema/builder.ts";
import { Fraction } from "../../gateway-api/http-filters.ts";
import { Duration, PreciseHostname } from "../../gateway-api/names.ts";
import { SecretObjectReference } from "../../gateway-api/references.ts";
import { FQDNEndpoint, IPEndpoint, UnixSocket } from "../shared/endpoint.ts";

/** How calls are repeated. */
export const ExtensionServiceRetry = named(
  "ExtensionServiceRetry",
  object({
    maxAttempts: optional(integer(), "Attempts, the first included. Default: 4."),
    initialBackoff: optional(Duration, "Wait before the second attempt. Default: 100ms."),
    maxBackoff: optional(Duration, "Longest wait. Default: 1s."),
    backoffMultiplier: optional(Fraction, "Factor from wait to wait. Default: 2."),
    RetryableStatusCodes: optional(
      listOf(
        oneOf(
          "CANCELLED",
          "UNKNOWN",
          "INVALID_ARGUMENT",
          "DEADLINE_EXCEEDED",
          "NOT_FOUND",
          "ALREADY_EXISTS",
          "PERMISSION_DENIED",
          "RESOURCE_EXHAUSTED",
          "FAILED_PRECONDITION",
          "ABORTED",
          "OUT_OF_RANGE",
          "UNIMPLEMENTED",
          "INTERNAL",
          "UNAVAILABLE",
          "DATA_LOSS",
          "UNAUTHENTICATED",
        ),
      ),
      "gRPC status codes that are a reason to try again. Default: UNAVAILABLE. (The capital letter is the original's.)",
    ),
  }),
  "How calls are repeated.",
);
export type ExtensionServiceRetry = Infer<typeof ExtensionServiceRetry>;

/** Where a service is and how it is spoken to: one of `fqdn`, `ip` and `unix`. */
export const ExtensionService = named(
  "ExtensionService",
  object({
    fqdn: optional(FQDNEndpoint, "A host by its DNS name."),
    ip: optional(IPEndpoint, "A host by its IP address."),
    unix: optional(UnixSocket, "A Unix socket."),
    hostname: optional(PreciseHostname, "Server name for TLS, where it is not the host's."),
    zone: optional(string(), "Not used."),
    host: optional(string(), "Deprecated: use `fqdn`, `ip` or `unix`."),
    port: defaulted(integer({ format: "int32", minimum: 0 }), 80, "Deprecated: use `fqdn`, `ip` or `unix`."),
    tls: optional(
      object({
        certificateRef: required(
          SecretObjectReference,
          "Secret with the authority that is trusted, under the key `tls.crt`.",
        ),
        clientCertificateRef: optional(SecretObjectReference, "Secret with the certificate that the service is shown."),
      }),
      "TLS. Absent means plain text.",
    ),
    retry: optional(ExtensionServiceRetry, "How calls are repeated."),
  }),
  "Where a service is and how it is spoken to: one of `fqdn`, `ip` and `unix`.",
);
export type ExtensionService = Infer<typeof ExtensionService>;
