/** ClusterTrustBundle: certificate authorities for the whole cluster. */
import { keepUnknown, object, optional, required, string } from "../../schema/builder.ts";
import { type InferKind, type InferKindInput, kind } from "../../schema/kind.ts";

/** Holds certificate authorities for the whole cluster. */
export const ClusterTrustBundle = kind("ClusterTrustBundle", {
  group: "certificates.k8s.io",
  versions: ["v1beta1"],
  aliases: ["v1alpha1", "v1"],
  scope: "Cluster",
  // `signer:of:names:name` where a signer is named.
  nameFormat: "PathSegment",
  spec: object(
    {
      signerName: optional(string(), "Who issued the authorities."),
      trustBundle: required(string(), "Certificates in PEM, one after the other."),
    },
    keepUnknown,
  ),
  doc: "Holds certificate authorities for the whole cluster.",
});
export type ClusterTrustBundle = InferKind<typeof ClusterTrustBundle>;
export type ClusterTrustBundleInput = InferKindInput<typeof ClusterTrustBundle>;
