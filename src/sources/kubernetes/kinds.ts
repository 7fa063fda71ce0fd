import type { KindDefinition } from "../../api/registry.ts";
import type { KubeResource } from "../../kube/resource.ts";

/** A kind as this API server serves it. */
export interface FollowedKind {
  readonly definition: KindDefinition;
  readonly resource: KubeResource;
}

/**
 * How objects of a kind are followed.
 * - `all`: every object is kept.
 * - `referenced`: of every object that changes the API server sends all, and what nothing refers to is dropped. For kinds with small objects of
 *   which a change must be in effect at once: an endpoint that is gone must not cost another request.
 * - `fetched`: the API server tells only *that* objects change, and those referred to are read one by one. For kinds whose objects are
 *   large or secret: nothing that belongs to others ever passes through this process.
 */
export type Following = "all" | "referenced" | "fetched";

const ways: Readonly<Record<string, Following>> = {
  Service: "referenced",
  EndpointSlice: "referenced",
  Secret: "fetched",
  ConfigMap: "fetched",
};

export function followingOf(kind: string): Following {
  return ways[kind] ?? "all";
}

/** What the API server tells of these is about what they are, not about what others make of them. */
const immediate: ReadonlySet<string> = new Set(["EndpointSlice"]);

/**
 * Whether news of a kind that the API server itself tells is handed over even while other changes wait for what they refer to: an
 * endpoint that is gone must not cost another request.
 */
export function passesAtOnce(kind: string): boolean {
  return immediate.has(kind);
}

/** Of these only names and labels are of use. */
const metadataOnly: ReadonlySet<string> = new Set(["Namespace"]);

export function isMetadataOnly(kind: string): boolean {
  return metadataOnly.has(kind);
}

/** Kinds of Kubernetes itself, whose statuses are written by others. */
const foreignGroups: ReadonlySet<string> = new Set([
  "",
  "discovery.k8s.io",
  "certificates.k8s.io",
  "multicluster.x-k8s.io",
]);

/** Whether this control plane writes the status of the kind's objects. */
export function hasOurStatus({ group }: Pick<KindDefinition, "group">): boolean {
  return !foreignGroups.has(group);
}

/** What the kind is called in roles and messages: `httproutes.gateway.networking.k8s.io`, `secrets`. */
export function resourceName({ plural, group }: Pick<KubeResource, "plural" | "group">): string {
  return group === "" ? plural : `${plural}.${group}`;
}
