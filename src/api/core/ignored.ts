/**
 * Kinds that manifests hold beside the gateway's own, and that mean something to a cluster only. They are read without a
 * complaint and then left out, with a notice that says so.
 */
import { anything } from "../../schema/builder.ts";
import { type KindSchema, kind } from "../../schema/kind.ts";

const names: readonly (readonly [group: string, versions: readonly string[], kinds: readonly string[]])[] = [
  ["", ["v1"], ["ServiceAccount", "Pod", "PersistentVolumeClaim", "LimitRange", "ResourceQuota", "Endpoints", "Event"]],
  ["apps", ["v1"], ["Deployment", "DaemonSet", "StatefulSet", "ReplicaSet"]],
  ["batch", ["v1"], ["Job", "CronJob"]],
  ["autoscaling", ["v2", "v1"], ["HorizontalPodAutoscaler"]],
  ["policy", ["v1"], ["PodDisruptionBudget"]],
  ["networking.k8s.io", ["v1"], ["NetworkPolicy", "Ingress", "IngressClass"]],
  ["rbac.authorization.k8s.io", ["v1"], ["Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding"]],
  ["apiextensions.k8s.io", ["v1"], ["CustomResourceDefinition"]],
  ["admissionregistration.k8s.io", ["v1"], ["ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"]],
  ["cert-manager.io", ["v1"], ["Certificate", "Issuer", "ClusterIssuer"]],
];

const wholeObject = anything<never>({ type: "object", description: "Not read." });

function ignoredKind(
  group: string,
  versions: readonly string[],
  name: string,
): KindSchema & { readonly ignored: true } {
  const schema = kind(name, { group, versions, doc: "Read by a cluster only; left out here." });
  return {
    ...schema,
    ignored: true,
    schema: wholeObject,
    versions: schema.versions.map((version) => ({ ...version, schema: wholeObject })),
  };
}

/** Kinds that are left out with a notice. */
export const ignoredKinds = names.flatMap(([group, versions, kinds]) =>
  kinds.map((name) => ignoredKind(group, versions, name)),
);
