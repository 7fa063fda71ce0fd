/**
 * The parts that every Kubernetes-style object has. Kinds with a schema narrow `spec` and `status`; nothing here knows a kind.
 */

/** Identity and bookkeeping of an object. Follows Kubernetes `ObjectMeta`, as far as a gateway looks at it. */
export interface ObjectMeta {
  readonly name: string;
  /** Absent for cluster-scoped kinds. */
  readonly namespace?: string;
  /** Changes when an object is deleted and made again under the same name. */
  readonly uid?: string;
  /** Counts changes of `spec`; copied to `observedGeneration` of every condition. */
  readonly generation?: number;
  /** RFC 3339. Older objects win conflicts; an absent time counts as the oldest. */
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly resourceVersion?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  /** What has to happen before the object is gone after it was deleted. */
  readonly finalizers?: readonly string[];
}

/** Any object of any kind. Objects are never changed in place: a change is a new object. */
export interface KubeObject<Spec = unknown, Status = unknown> {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly spec?: Spec;
  readonly status?: Status;
}

/** Key of an object within its kind: `namespace/name`, or `name` for cluster-scoped kinds. */
export type ObjectKey = string;

/** The key under which an object is kept in the collection of its kind. */
export function keyOf(object: { readonly metadata: ObjectMeta }): ObjectKey {
  return objectKey(object.metadata.namespace, object.metadata.name);
}

/** Builds a key from its parts; an absent or empty namespace means a cluster-scoped object. */
export function objectKey(namespace: string | undefined, name: string): ObjectKey {
  return namespace ? `${namespace}/${name}` : name;
}

/** Group of an `apiVersion`: `gateway.networking.k8s.io/v1` → `gateway.networking.k8s.io`; `v1` → `""` (core). */
export function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf("/");
  return slash < 0 ? "" : apiVersion.slice(0, slash);
}

/**
 * Order in which objects win conflicts: the older first, then by namespace and name.
 * Follows the conflict rules of the Gateway API ("oldest wins, then alphabetical").
 */
export function compareAge(a: KubeObject, b: KubeObject): number {
  return (
    compareText(a.metadata.creationTimestamp ?? "", b.metadata.creationTimestamp ?? "") ||
    compareText(a.metadata.namespace ?? "", b.metadata.namespace ?? "") ||
    compareText(a.metadata.name, b.metadata.name)
  );
}

/** Orders strings by code unit: the same on every machine, unlike a locale's order. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
