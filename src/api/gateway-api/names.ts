/**
 * Names and other short strings of the Gateway API. Each is checked by length and by an RE2 pattern; the patterns are those of
 * the official CRDs, since a manifest must be good or bad here and on a cluster alike.
 */
import { type Infer, integer, named, oneOf, string } from "../../schema/builder.ts";

/** API group of the Gateway API. */
export const GATEWAY_API_GROUP = "gateway.networking.k8s.io";

const DNS_LABELS = "[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*";

/** Pattern of one DNS name in lower case, without a wildcard. */
export const DNS_SUBDOMAIN_PATTERN = `^${DNS_LABELS}$`;

/** Pattern of a DNS name whose first label may be `*`. */
export const WILDCARD_DNS_PATTERN = `^(\\*\\.)?${DNS_LABELS}$`;

/** Pattern of header, query parameter and cookie names: an RFC 9110 token. */
export const TOKEN_PATTERN = "^[A-Za-z0-9!#$%&'*+\\-.^_\\x60|~]+$";

/** API group of an object; empty for Kubernetes' core group. */
export const Group = named(
  "Group",
  string({ maxLength: 253, pattern: `^$|${DNS_SUBDOMAIN_PATTERN}` }),
  "API group of an object; empty for Kubernetes' core group.",
);
export type Group = Infer<typeof Group>;

/** Kind of an object, such as `Service`. */
export const Kind = named(
  "Kind",
  string({ minLength: 1, maxLength: 63, pattern: "^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$" }),
  "Kind of an object, such as `Service`.",
);
export type Kind = Infer<typeof Kind>;

/** Name of an object. */
export const ObjectName = named("ObjectName", string({ minLength: 1, maxLength: 253 }), "Name of an object.");
export type ObjectName = Infer<typeof ObjectName>;

/** Namespace of an object: one DNS label. */
export const Namespace = named(
  "Namespace",
  string({ minLength: 1, maxLength: 63, pattern: "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$" }),
  "Namespace of an object: one DNS label.",
);
export type Namespace = Infer<typeof Namespace>;

/** Name of a part of an object: a Gateway's listener, a Service's port, a route's rule. */
export const SectionName = named(
  "SectionName",
  string({ minLength: 1, maxLength: 253, pattern: DNS_SUBDOMAIN_PATTERN }),
  "Name of a part of an object: a Gateway's listener, a Service's port, a route's rule.",
);
export type SectionName = Infer<typeof SectionName>;

/** DNS name, whose first label may be the wildcard `*`. Never an IP address, never with a port. */
export const Hostname = named(
  "Hostname",
  string({ minLength: 1, maxLength: 253, pattern: WILDCARD_DNS_PATTERN }),
  "DNS name, whose first label may be the wildcard `*`. Never an IP address, never with a port.",
);
export type Hostname = Infer<typeof Hostname>;

/** DNS name without a wildcard. */
export const PreciseHostname = named(
  "PreciseHostname",
  string({ minLength: 1, maxLength: 253, pattern: DNS_SUBDOMAIN_PATTERN }),
  "DNS name without a wildcard.",
);
export type PreciseHostname = Infer<typeof PreciseHostname>;

/** Number of a TCP or UDP port. */
export const PortNumber = named(
  "PortNumber",
  integer({ format: "int32", minimum: 1, maximum: 65535 }),
  "Number of a TCP or UDP port.",
);
export type PortNumber = Infer<typeof PortNumber>;

/** Up to four whole numbers, each with its unit. */
export const DURATION_PATTERN = "^([0-9]{1,5}(h|m|s|ms)){1,4}$";

/** Length of time as up to four whole numbers with the units `h`, `m`, `s` or `ms`, such as `1m30s` (GEP-2257). */
export const Duration = named(
  "Duration",
  string({ pattern: DURATION_PATTERN }),
  "Length of time as up to four whole numbers with the units `h`, `m`, `s` or `ms`, such as `1m30s` (GEP-2257).",
);
export type Duration = Infer<typeof Duration>;

/** Name of an HTTP header. Matching ignores the case. */
export const HTTPHeaderName = named(
  "HTTPHeaderName",
  string({ minLength: 1, maxLength: 256, pattern: TOKEN_PATTERN }),
  "Name of an HTTP header. Matching ignores the case.",
);
export type HTTPHeaderName = Infer<typeof HTTPHeaderName>;

/** Value of an HTTP header: visible characters, single blanks or tabs between them. */
export const HTTPHeaderValue = named(
  "HTTPHeaderValue",
  string({ minLength: 1, maxLength: 4096, pattern: "^[!-~]+([\\t ]?[!-~]+)*$" }),
  "Value of an HTTP header: visible characters, single blanks or tabs between them.",
);
export type HTTPHeaderValue = Infer<typeof HTTPHeaderValue>;

/** HTTP request method, in upper case. */
export const HTTPMethod = named(
  "HTTPMethod",
  oneOf("GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"),
  "HTTP request method, in upper case.",
);
export type HTTPMethod = Infer<typeof HTTPMethod>;

/** Name of a controller: a domain and a path, such as `gateway.envoyproxy.io/gatewayclass-controller`. */
export const GatewayController = named(
  "GatewayController",
  string({ minLength: 1, maxLength: 253, pattern: `^${DNS_LABELS}\\/[A-Za-z0-9\\/\\-._~%!$&'()*+,;=:]+$` }),
  "Name of a controller: a domain and a path, such as `gateway.envoyproxy.io/gatewayclass-controller`.",
);
export type GatewayController = Infer<typeof GatewayController>;

/** Which set of default Gateways takes objects that name no Gateway (GEP-3793). */
export const GatewayDefaultScope = named(
  "GatewayDefaultScope",
  oneOf("All", "None"),
  "Which set of default Gateways takes objects that name no Gateway (GEP-3793).",
);
export type GatewayDefaultScope = Infer<typeof GatewayDefaultScope>;
