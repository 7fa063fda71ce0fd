import { type KubeObject, keyOf } from "../api/object.ts";

/** A condition as translation computes it: without `lastTransitionTime`, which depends on what was written before. */
export interface Condition {
  readonly type: string;
  readonly status: "True" | "False" | "Unknown";
  readonly reason: string;
  /** A sentence for people: what is wrong with which field, and what to do. */
  readonly message: string;
  /** `metadata.generation` of the object the condition is about. */
  readonly observedGeneration?: number;
}

/** Reference to a parent or ancestor as it stands in a status. */
export interface StatusReference {
  readonly group: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  readonly sectionName?: string;
  readonly port?: number;
}

/** Status of one listener of a Gateway. */
export interface ListenerStatus {
  readonly name: string;
  readonly supportedKinds: readonly { readonly group: string; readonly kind: string }[];
  readonly attachedRoutes: number;
  readonly conditions: readonly Condition[];
}

/** Entry of `status.parents` of a route. */
export interface ParentStatus {
  readonly parentRef: StatusReference;
  readonly controllerName: string;
  readonly conditions: readonly Condition[];
}

/** Entry of `status.ancestors` of a policy. */
export interface AncestorStatus {
  readonly ancestorRef: StatusReference;
  readonly controllerName: string;
  readonly conditions: readonly Condition[];
}

/** The part of an object's status that is ours. Fields that a kind does not have stay absent. */
export interface StatusBody {
  readonly conditions?: readonly Condition[];
  readonly listeners?: readonly ListenerStatus[];
  /** Number of ListenerSets that a Gateway takes. */
  readonly attachedListenerSets?: number;
  readonly addresses?: readonly { readonly type: string; readonly value: string }[];
  readonly parents?: readonly ParentStatus[];
  readonly ancestors?: readonly AncestorStatus[];
  readonly supportedFeatures?: readonly { readonly name: string }[];
}

/** A computed status with the object it belongs to. */
export interface ObjectStatus {
  readonly kind: string;
  readonly key: string;
  readonly uid?: string;
  readonly generation?: number;
  readonly body: StatusBody;
}

/** Puts a status beside the identity of its object. */
export function statusOf(object: KubeObject, body: StatusBody): ObjectStatus {
  const { uid, generation } = object.metadata;
  return {
    kind: object.kind,
    key: keyOf(object),
    ...(uid ? { uid } : {}),
    ...(generation === undefined ? {} : { generation }),
    body,
  };
}

/** Makes a condition that is true. */
export function isTrue(type: string, reason: string, message: string): Condition {
  return { type, status: "True", reason, message };
}

/** Makes a condition that is false. */
export function isFalse(type: string, reason: string, message: string): Condition {
  return { type, status: "False", reason, message };
}

/** Stamped copies of common conditions, by generation. */
const stampedCopies = new WeakMap<Condition, Map<number, Condition>>();

/** Declares a condition that thousands of objects have alike, so that they share its stamped copies, too. */
export function common(condition: Condition): Condition {
  stampedCopies.set(condition, new Map());
  return condition;
}

/** Stamps conditions with the generation they were computed from. */
export function observed(conditions: readonly Condition[], generation: number | undefined): readonly Condition[] {
  return generation === undefined ? conditions : conditions.map((condition) => stamp(condition, generation));
}

function stamp(condition: Condition, generation: number): Condition {
  const copies = stampedCopies.get(condition);
  const copy = copies?.get(generation) ?? { ...condition, observedGeneration: generation };
  copies?.set(generation, copy);
  return copy;
}
