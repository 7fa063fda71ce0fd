import type { KubernetesPatchSpec } from "../../api/v1alpha1/shared/kubernetes-objects.ts";
import type { AnyObject } from "../../kube/client.ts";
import { isObject } from "../../translate/json-merge.ts";
import { type MergeKeys, mergeSpecs } from "../../translate/strategic-merge.ts";
import type { FleetProblem } from "../fleet.ts";
import type { FleetKind } from "./resources.ts";

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
  Service: { "spec.ports": "port", "status.conditions": "type" },
};

/**
 * Applies a user's patch of an object, last of all. What makes the object the fleet's own (name, namespace, its labels) stays, whatever
 * the patch says. `field` is the patch's path in the EnvoyProxy.
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
  const result = mergeSpecs<AnyObject>(
    object,
    value as unknown as AnyObject,
    type,
    mergeKeys[kind] ?? { "metadata.ownerReferences": "uid" },
  );
  const { name, namespace, labels } = object.metadata;
  return {
    ...result,
    metadata: {
      ...result.metadata,
      name,
      ...(namespace ? { namespace } : {}),
      labels: { ...result.metadata.labels, ...labels },
    },
  };
}

function invalid(message: string, field: string): FleetProblem {
  return { severity: "error", code: "object-invalid", message, field };
}
