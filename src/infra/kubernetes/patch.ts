import type { KubernetesPatchSpec } from "../../api/v1alpha1/shared/kubernetes-objects.ts";
import type { AnyObject } from "../../kube/client.ts";
import { isObject } from "../../translate/json-merge.ts";
import { type MergeKeys, mergeSpecs } from "../../translate/strategic-merge.ts";
import type { FleetProblem } from "../fleet.ts";
import type { FleetKind } from "./resources.ts";
import { portKey, withoutPortKeys, withPortKeys } from "./service-ports.ts";
import { userLabels } from "./user-labels.ts";

/** Lists of containers and what is in them, below `path`. */
function containerKeys(path: string): MergeKeys {
  return {
    [path]: "name",
    [`${path}[].env`]: "name",
    [`${path}[].ports`]: "containerPort",
    [`${path}[].volumeMounts`]: "mountPath",
    [`${path}[].volumeDevices`]: "devicePath",
    [`${path}[].resources.claims`]: "name",
  };
}

const pod = "spec.template.spec";

/** `patchMergeKey` of Kubernetes' own types, as far as a fleet's objects have them. */
const podKeys: MergeKeys = {
  ...containerKeys(`${pod}.containers`),
  ...containerKeys(`${pod}.initContainers`),
  [`${pod}.volumes`]: "name",
  [`${pod}.volumes[].projected.sources`]: undefined,
  [`${pod}.imagePullSecrets`]: "name",
  [`${pod}.hostAliases`]: "ip",
  [`${pod}.topologySpreadConstraints`]: "topologyKey",
  [`${pod}.resourceClaims`]: "name",
  [`${pod}.schedulingGates`]: "name",
};

const mergeKeys: Readonly<Partial<Record<FleetKind, MergeKeys>>> = {
  Deployment: podKeys,
  DaemonSet: podKeys,
  Service: { "spec.ports": portKey, "status.conditions": "type" },
};

/**
 * Applies a user's patch of an object, last of all. What makes the object and its pods the fleet's own (name, namespace, labels) stays,
 * whatever the patch says. `field` is the patch's path in the EnvoyProxy.
 */
export function patched(
  kind: FleetKind,
  object: AnyObject,
  patch: KubernetesPatchSpec | undefined,
  field: string,
): AnyObject | FleetProblem {
  if (!patch) return object;
  const { type = "StrategicMerge", value } = patch;
  if (!isObject(value)) return invalid(`${field}.value must be a part of the ${kind}, as an object.`, field);
  if (type === "Replace") {
    return invalid(`${field}.type must be StrategicMerge or JSONMerge.`, field);
  }
  const keys = mergeKeys[kind] ?? { "metadata.ownerReferences": "uid" };
  const [own, theirs] = withPortKeys(object, value as unknown as AnyObject);
  const result = withoutPortKeys(mergeSpecs<AnyObject>(own, theirs, type, keys));
  const { name, namespace } = object.metadata;
  const metadata = { ...labelled(result, object).metadata, name, ...(namespace ? { namespace } : {}) };
  return { ...result, metadata, ...podsLabelled(result, object) };
}

interface Labelled {
  readonly metadata?: { readonly labels?: Readonly<Record<string, string>> | undefined };
}

/** `patched` with the labels of `plain`, and of its own those that a user may give. */
function labelled<T extends Labelled>(patched: T, plain: Labelled): T {
  const labels = { ...userLabels(patched.metadata?.labels), ...plain.metadata?.labels };
  return { ...patched, metadata: { ...patched.metadata, labels } };
}

interface WorkloadView {
  readonly spec?: { readonly template?: Labelled };
}

/** The same for the pods of a workload. */
function podsLabelled(patched: AnyObject & WorkloadView, plain: AnyObject & WorkloadView): object {
  const template = patched.spec?.template;
  if (!template || !plain.spec?.template) return {};
  return { spec: { ...patched.spec, template: labelled(template, plain.spec.template) } };
}

function invalid(message: string, field: string): FleetProblem {
  return { severity: "error", code: "object-invalid", message, field };
}
