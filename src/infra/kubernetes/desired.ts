import { createHash } from "node:crypto";
import type { KubernetesPatchSpec } from "../../api/v1alpha1/shared/kubernetes-objects.ts";
import type { AnyObject } from "../../kube/client.ts";
import { canonicalJson, type Json } from "../bootstrap/json.ts";
import type { FleetProblem } from "../fleet.ts";
import { podBootstrap } from "./bootstrap.ts";
import { aliasService } from "./objects/alias-service.ts";
import { autoscaler } from "./objects/autoscaler.ts";
import { configMap } from "./objects/config-map.ts";
import { disruptionBudget } from "./objects/disruption-budget.ts";
import { service } from "./objects/service.ts";
import { namedAccount, serviceAccount } from "./objects/service-account.ts";
import { workload, workloadKind } from "./objects/workload.ts";
import { patched } from "./patch.ts";
import type { FleetKind } from "./resources.ts";
import type { FleetScope } from "./scope.ts";

/** An object that should be there. */
export interface DesiredObject {
  readonly kind: FleetKind;
  readonly object: AnyObject;
  /** Of the object's content; equal content has the same. */
  readonly hash: string;
  /** Whether other fleets may have the same one. */
  readonly isShareable?: boolean;
}

/** Annotation that tells with which content an object was last applied. */
export const hashAnnotation = "gateway.envoyproxy.io/applied-hash";

/**
 * The objects that run a fleet, in the order in which they are applied; or why its EnvoyProxy cannot be followed, in which case what
 * runs should stay as it is. The same fleet gives the same objects.
 */
export async function desiredObjects(
  scope: FleetScope,
): Promise<{ readonly objects: readonly DesiredObject[]; readonly problems: readonly FleetProblem[] }> {
  const bootstrap = await podBootstrap(scope);
  if ("problems" in bootstrap) return { objects: [], problems: bootstrap.problems };
  const kubernetes = scope.fleet.envoyProxy?.provider?.kubernetes;
  const kind = workloadKind(scope);
  const workloadField = kind === "Deployment" ? "envoyDeployment" : "envoyDaemonSet";
  const plan: readonly (readonly [FleetKind, AnyObject | undefined, string?, (KubernetesPatchSpec | undefined)?])[] = [
    ["ServiceAccount", serviceAccount(scope)],
    ["ConfigMap", configMap(scope)],
    [kind, workload(scope, bootstrap.args), workloadField, kubernetes?.[workloadField]?.patch],
    ["Service", service(scope), "envoyService", kubernetes?.envoyService?.patch],
    ["HorizontalPodAutoscaler", autoscaler(scope), "envoyHpa", kubernetes?.envoyHpa?.patch],
    ["PodDisruptionBudget", disruptionBudget(scope), "envoyPDB", kubernetes?.envoyPDB?.patch],
  ];
  const objects: DesiredObject[] = [];
  const problems: FleetProblem[] = [];
  for (const [objectKind, plain, field = "", patch] of plan) {
    if (!plain) continue;
    const object = patched(objectKind, plain, patch, `spec.provider.kubernetes.${field}.patch`);
    if ("severity" in object) problems.push(object as FleetProblem);
    else objects.push(signed(objectKind, object as AnyObject));
  }
  if (problems.length > 0) return { objects: [], problems };
  const isShareable = namedAccount(scope) !== undefined;
  const fronting = objects.find((object) => object.kind === "Service");
  const alias = fronting && aliasService(scope, fronting.object);
  return {
    objects: [
      ...objects.map((one) => (one.kind === "ServiceAccount" ? { ...one, isShareable } : one)),
      ...(alias ? [signed("Service", alias)] : []),
    ],
    problems,
  };
}

function signed(kind: FleetKind, object: AnyObject): DesiredObject {
  const hash = createHash("sha256")
    .update(canonicalJson(object as unknown as Json))
    .digest("hex")
    .slice(0, 16);
  const { metadata } = object;
  return {
    kind,
    hash,
    object: { ...object, metadata: { ...metadata, annotations: { ...metadata.annotations, [hashAnnotation]: hash } } },
  };
}
