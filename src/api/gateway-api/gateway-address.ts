/** Addresses at which a Gateway is to be reached, and is reached. */
import { defaulted, type Infer, named, object, optional, required, string } from "../../schema/builder.ts";
import { rule } from "../../schema/rules.ts";
import type { Structural } from "../../schema/structural.ts";
import { WILDCARD_DNS_PATTERN } from "./names.ts";

/** An address of type `IPAddress` must be an IPv4 or IPv6 address; Kubernetes can say that only as a choice of two shapes. */
const ipAddressFormat: Structural = {
  oneOf: [
    { properties: { type: { enum: ["IPAddress"] }, value: { anyOf: [{ format: "ipv4" }, { format: "ipv6" }] } } },
    { properties: { type: { not: { enum: ["IPAddress"] } } } },
  ],
};

// The pattern is anchored at its two ends only, as in the official CRD: each alternative in the middle may stand anywhere.
const ADDRESS_TYPE_PATTERN =
  "^Hostname|IPAddress|NamedAddress|[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\\/[A-Za-z0-9\\/\\-._~%!$&'()*+,;=:]+$";

const commonFields = {
  type: defaulted(
    string({ minLength: 1, maxLength: 253, pattern: ADDRESS_TYPE_PATTERN }),
    "IPAddress",
    "`IPAddress`, `Hostname`, `NamedAddress`, or a type of the implementation with its domain before it.",
  ),
  routability: optional(
    string(
      { maxLength: 253 },
      rule(
        "size(self) == 0 || self == 'Cluster' || (self.matches('^.*/.+$') && !format.dns1123Subdomain().validate(self.split('/')[0]).hasValue() && self.split('/')[0] != 'k8s.io' && !self.split('/')[0].endsWith('.k8s.io'))",
        "Routability must be empty, Cluster, or an implementation-specific prefixed path; k8s.io and its subdomains are reserved",
      ),
    ),
    "From where the address can be reached: `Cluster`, or a value of the implementation. Empty means: as the infrastructure decides.",
  ),
};

/** An address that is asked for. Without a value any address of the type will do. */
export const GatewaySpecAddress = named(
  "GatewaySpecAddress",
  object(
    { ...commonFields, value: optional(string({ maxLength: 253 }), "The address. Empty means: one is assigned.") },
    ipAddressFormat,
    rule(
      `self.type == 'Hostname' ? (!has(self.value) || self.value.matches(r"""${WILDCARD_DNS_PATTERN}""")): true`,
      `Hostname value must be empty or contain only valid characters (matching ${WILDCARD_DNS_PATTERN})`,
    ),
  ),
  "An address that is asked for. Without a value any address of the type will do.",
);
export type GatewaySpecAddress = Infer<typeof GatewaySpecAddress>;

/** An address at which a Gateway is reached. */
export const GatewayStatusAddress = named(
  "GatewayStatusAddress",
  object(
    { ...commonFields, value: required(string({ minLength: 1, maxLength: 253 }), "The address.") },
    ipAddressFormat,
    rule(
      `self.type == 'Hostname' ? self.value.matches(r"""${WILDCARD_DNS_PATTERN}"""): true`,
      `Hostname value must only contain valid characters (matching ${WILDCARD_DNS_PATTERN})`,
    ),
  ),
  "An address at which a Gateway is reached.",
);
export type GatewayStatusAddress = Infer<typeof GatewayStatusAddress>;
