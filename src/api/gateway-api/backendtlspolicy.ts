/** BackendTLSPolicy: TLS from the gateway to a Service's endpoints. */
import { type Infer, listOf, mapOf, named, object, oneOf, optional, required, string } from "../../schema/builder.ts";
import { AGE, type InferKind, type InferKindInput, kind } from "../../schema/kind.ts";
import { rule } from "../../schema/rules.ts";
import { GATEWAY_API_GROUP, Hostname, PreciseHostname } from "./names.ts";
import { LocalPolicyTargetReferenceWithSectionName, PolicyStatus } from "./policy.ts";
import { LocalObjectReference } from "./references.ts";
import { deprecatedVersion } from "./route.ts";

/** Well-known sets of certificate authorities: `System`, or one of an implementation with its domain before it. */
export const WellKnownCACertificates = string({
  minLength: 1,
  maxLength: 253,
  pattern:
    "^(System|([a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9]))$",
});

function nameOfType(type: string, field: string) {
  return [
    rule(
      `!(self.type == "${type}" && (!has(self.${field}) || self.${field} == ""))`,
      `SubjectAltName element must contain ${type}, if Type is set to ${type}`,
    ),
    rule(
      `!(self.type != "${type}" && has(self.${field}) && self.${field} != "")`,
      `SubjectAltName element must not contain ${type}, if Type is not set to ${type}`,
    ),
  ];
}

/** A subject alternative name that a backend's certificate may carry. */
export const SubjectAltName = named(
  "SubjectAltName",
  object(
    {
      type: required(oneOf("Hostname", "URI"), "Whether it is a DNS name or a URI."),
      hostname: optional(Hostname, "The DNS name, for type `Hostname`."),
      uri: optional(
        string({ minLength: 1, maxLength: 253, pattern: "^(([^:/?#]+):)(//([^/?#]*))([^?#]*)(\\?([^#]*))?(#(.*))?" }),
        "The URI with scheme and authority, such as a SPIFFE id, for type `URI`.",
      ),
    },
    ...nameOfType("Hostname", "hostname"),
    ...nameOfType("URI", "uri"),
  ),
  "A subject alternative name that a backend's certificate may carry.",
);
export type SubjectAltName = Infer<typeof SubjectAltName>;

/** How a backend's certificate is checked. */
export const BackendTLSPolicyValidation = named(
  "BackendTLSPolicyValidation",
  object(
    {
      caCertificateRefs: optional(
        listOf(LocalObjectReference, { listType: "atomic", minItems: 1, maxItems: 8 }),
        "Objects with the authorities that are trusted, mostly ConfigMaps with the key `ca.crt`.",
      ),
      wellKnownCACertificates: optional(
        WellKnownCACertificates,
        "A well-known set of authorities that is trusted, such as `System`.",
      ),
      hostname: required(
        PreciseHostname,
        "Server name that backends are asked for (SNI); their certificate must carry it unless `subjectAltNames` are given.",
      ),
      subjectAltNames: optional(
        listOf(SubjectAltName, { listType: "atomic", maxItems: 5 }),
        "Names of which the certificate must carry one, in place of `hostname`.",
      ),
    },
    rule(
      "(has(self.caCertificateRefs)?1:0)+(has(self.wellKnownCACertificates)?1:0) == 1",
      "exactly one of the fields in [caCertificateRefs wellKnownCACertificates] must be set",
    ),
  ),
  "How a backend's certificate is checked.",
);
export type BackendTLSPolicyValidation = Infer<typeof BackendTLSPolicyValidation>;

const SAME_TARGET = "p1.group == p2.group && p1.kind == p2.kind && p1.name == p2.name";

/** What a BackendTLSPolicy wants. */
export const BackendTLSPolicySpec = named(
  "BackendTLSPolicySpec",
  object({
    targetRefs: required(
      listOf(
        LocalPolicyTargetReferenceWithSectionName,
        { listType: "atomic", minItems: 1, maxItems: 16 },
        rule(
          `self.all(p1, self.all(p2, ${SAME_TARGET} ? ((!has(p1.sectionName) || p1.sectionName == '') == (!has(p2.sectionName) || p2.sectionName == '')) : true))`,
          "sectionName must be specified when targetRefs includes 2 or more references to the same target",
        ),
        rule(
          `self.all(p1, self.exists_one(p2, ${SAME_TARGET} && (((!has(p1.sectionName) || p1.sectionName == '') && (!has(p2.sectionName) || p2.sectionName == '')) || (has(p1.sectionName) && has(p2.sectionName) && p1.sectionName == p2.sectionName))))`,
          "sectionName must be unique when targetRefs includes 2 or more references to the same target",
        ),
      ),
      "Services, or ports of them, that are spoken to over TLS.",
    ),
    validation: required(BackendTLSPolicyValidation, "How the backends' certificates are checked."),
    options: optional(
      mapOf(string({ minLength: 0, maxLength: 4096 }), { maxProperties: 16 }),
      "Options of the implementation.",
    ),
  }),
  "What a BackendTLSPolicy wants.",
);
export type BackendTLSPolicySpec = Infer<typeof BackendTLSPolicySpec>;

/** Has the gateway speak TLS to Services. */
export const BackendTLSPolicy = kind("BackendTLSPolicy", {
  group: GATEWAY_API_GROUP,
  versions: ["v1", deprecatedVersion("BackendTLSPolicy", "v1alpha3", { columns: [] })],
  plural: "backendtlspolicies",
  shortNames: ["btlspolicy"],
  categories: ["gateway-api"],
  columns: [AGE],
  spec: BackendTLSPolicySpec,
  status: PolicyStatus,
  doc: "Has the gateway speak TLS to Services.",
});
export type BackendTLSPolicy = InferKind<typeof BackendTLSPolicy>;
export type BackendTLSPolicyInput = InferKindInput<typeof BackendTLSPolicy>;
