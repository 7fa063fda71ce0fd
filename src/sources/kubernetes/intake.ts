import { type KubeObject, type ObjectKey, objectKey } from "../../api/object.ts";
import type { KindDefinition } from "../../api/registry.ts";
import type { AnyObject } from "../../kube/client.ts";
import { isLater } from "../../kube/resource-version.ts";
import type { Admission } from "../../schema/admit.ts";
import { formatPath } from "../../schema/issue.ts";
import { sameData } from "../../translate/equal.ts";
import type { ObjectChange, SourceProblem } from "../source.ts";
import { type FollowedKind, followingOf, hasOurStatus, passesAtOnce } from "./kinds.ts";
import { type References, referencesIn } from "./references.ts";
import { isWithin, namespaceOf } from "./scope.ts";
import { differsInStatusOnly, trimmed } from "./stored-object.ts";

/** What the API server holds as an object's status. */
export interface ObservedStatus {
  readonly kind: FollowedKind;
  readonly key: ObjectKey;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly status: unknown;
}

/** Told what the API server holds as statuses of the kinds whose statuses are ours. */
export interface StatusObserver {
  /** `isFinal`: known to be the latest, even if its version is smaller than what was told before. */
  observed(status: ObservedStatus, isFinal: boolean): void;
  /** The object is gone; with a `uid` only that one. Told of objects, too, that were never handed over. */
  gone(kind: string, key: ObjectKey, uid?: string): void;
}

export interface IntakeOptions {
  /** `admit` of `src/schema/admit.ts`. */
  readonly admit: (kind: KindDefinition, raw: unknown) => Admission<unknown>;
  readonly references: References;
  readonly statuses?: StatusObserver | undefined;
  /** Told when there is something to deliver. */
  readonly onPending: () => void;
}

/** An object as it was handed over; the graph holds the same one. */
interface Kept {
  readonly uid: string;
  /** None: it was refused, and so was every version of it before. */
  object: KubeObject | undefined;
  resourceVersion: string;
}

/** Version of what is to be replaced by whatever is told next. */
const noVersion = "";

/** How an object went. */
export interface Departure {
  /** Only the object with this `metadata.uid` is gone, not another that was made under its name. */
  readonly uid?: string | undefined;
  /** See {@link Intake.take}. */
  readonly isUrgent?: boolean;
}

/**
 * The objects that were handed over. It decides what is news: what comes again, and what differs in its status only, goes no further. So a relist
 * costs a comparison for each object, and our own writing of statuses sets nothing off.
 */
export class Intake {
  readonly #options: IntakeOptions;
  readonly #kept = new Map<string, Map<ObjectKey, Kept>>();
  readonly #pending = new Map<string, ObjectChange>();
  /** Of what is pending, what need not wait. */
  readonly #urgent = new Set<string>();
  readonly #problems = new Map<string, readonly SourceProblem[]>();
  #hasNewProblems = false;

  constructor(options: IntakeOptions) {
    this.#options = options;
  }

  /**
   * Takes an object as the API server tells it. What was told before by somebody quicker is older and passed over. What is urgent
   * need not wait for the rest, see {@link passesAtOnce}.
   */
  take(kind: FollowedKind, raw: AnyObject, isUrgent = false): void {
    const { namespace, name, uid = "", resourceVersion = "" } = raw.metadata;
    const key = objectKey(namespace, name);
    const objects = this.#ofKind(kind.definition.kind);
    const former = objects.get(key);
    if (former && !isLater(resourceVersion, former.resourceVersion)) return;
    try {
      if (hasOurStatus(kind.definition)) {
        const isFinal = former?.resourceVersion === noVersion;
        this.#options.statuses?.observed({ kind, key, uid, resourceVersion, status: raw["status"] }, isFinal);
      }
      const known = former?.uid === uid ? former.object : undefined;
      const object = this.#newest(known, kind, key, raw);
      const isReferring = object !== former?.object && followingOf(kind.definition.kind) === "all";
      const references = isReferring && object ? referencesIn(object) : [];
      objects.set(key, { uid, object, resourceVersion });
      if (object === former?.object) return;
      this.#change({ kind: kind.definition.kind, key, object }, isUrgent);
      if (isReferring) this.#options.references.set(`${kind.definition.kind} ${key}`, references);
    } catch (error) {
      // A mistake of ours keeps one object from being followed, and no other.
      if (!former) objects.set(key, { uid, object: undefined, resourceVersion: noVersion });
      const message = `The object could not be taken in, which is a mistake in Envoy Gateway: ${String(error)}`;
      this.#refuse(kind.definition.kind, key, [{ severity: "error", code: "InternalError", message }]);
    }
  }

  /** Forgets an object. */
  drop(kind: string, key: ObjectKey, { uid, isUrgent = false }: Departure = {}): void {
    const objects = this.#ofKind(kind);
    const former = objects.get(key);
    this.#options.statuses?.gone(kind, key, uid);
    if (!former || (uid !== undefined && former.uid !== uid)) return;
    objects.delete(key);
    this.#refuse(kind, key, []);
    if (former.object === undefined) return;
    this.#options.references.set(`${kind} ${key}`, []);
    this.#change({ kind, key, object: undefined }, isUrgent);
  }

  /** Whether there is an object as far as is known, handed over or refused. */
  isKnown(kind: string, key: ObjectKey): boolean {
    return this.#ofKind(kind).has(key);
  }

  /** Whether what is known of an object was written after `version`. */
  isKnownAfter(kind: string, key: ObjectKey, version: string): boolean {
    const kept = this.#ofKind(kind).get(key);
    return kept !== undefined && isLater(kept.resourceVersion, version);
  }

  /** The API server was set back to an earlier state: whatever it tells of these objects next is right. */
  setBack(kind: string, namespace: string | undefined): void {
    for (const [key, kept] of this.#ofKind(kind))
      if (isWithin(namespaceOf(key), namespace)) kept.resourceVersion = noVersion;
  }

  /** Keys of a kind's objects that were handed over, and of those that were refused. */
  keys(kind: string): readonly ObjectKey[] {
    return [...this.#ofKind(kind).keys()];
  }

  object(kind: string, key: ObjectKey): KubeObject | undefined {
    return this.#ofKind(kind).get(key)?.object;
  }

  /** Of what was not delivered yet, what need not wait for the rest. */
  collectUrgent(): readonly ObjectChange[] {
    const changes: ObjectChange[] = [];
    for (const id of this.#urgent) {
      const change = this.#pending.get(id);
      if (change) changes.push(change);
      this.#pending.delete(id);
    }
    this.#urgent.clear();
    return changes;
  }

  /** What was not delivered yet, and all problems with objects if they are others than before. */
  collect(): { readonly changes: readonly ObjectChange[]; readonly problems: readonly SourceProblem[] | undefined } {
    const changes = [...this.#pending.values()];
    this.#pending.clear();
    this.#urgent.clear();
    const problems = this.#hasNewProblems ? [...this.#problems.values()].flat() : undefined;
    this.#hasNewProblems = false;
    return { changes, problems };
  }

  /** The object as it is to be handed over; `known` if nothing that matters differs from it, or if the new version is refused. */
  #newest(known: KubeObject | undefined, kind: FollowedKind, key: ObjectKey, raw: AnyObject): KubeObject | undefined {
    if (known && differsInStatusOnly(known, raw, kind)) return known;
    const object = this.#admit(kind.definition, key, raw, kind) ?? known;
    return known && object && sameData(known, object) ? known : object;
  }

  /** What the API server has taken was judged by the definitions installed there, which may be of another version than ours. */
  #admit(definition: KindDefinition, key: ObjectKey, raw: AnyObject, kind: FollowedKind): KubeObject | undefined {
    const { object, issues } = this.#options.admit(definition, trimmed(raw, kind));
    const errors = object === undefined ? issues.filter(({ severity }) => severity === "error") : [];
    const problems = errors.map(
      ({ code, message, path }): SourceProblem => ({ severity: "error", code, message, field: formatPath(path) }),
    );
    this.#refuse(definition.kind, key, problems);
    return object as KubeObject | undefined;
  }

  /** Notes why an object cannot be taken; nothing: it can, or is gone. */
  #refuse(kind: string, key: ObjectKey, reasons: readonly SourceProblem[]): void {
    const id = `${kind} ${key}`;
    if (reasons.length === 0) {
      if (this.#problems.delete(id)) this.#problemsChanged();
      return;
    }
    const effect = "The object's former version, if there is one, stays in effect.";
    this.#problems.set(
      id,
      reasons.map((reason) => ({ ...reason, effect, kind, key })),
    );
    this.#problemsChanged();
  }

  #problemsChanged(): void {
    this.#hasNewProblems = true;
    this.#options.onPending();
  }

  #change(change: ObjectChange, isUrgent: boolean): void {
    const id = `${change.kind} ${change.key}`;
    this.#pending.set(id, change);
    if (isUrgent && passesAtOnce(change.kind)) this.#urgent.add(id);
    else this.#urgent.delete(id);
    this.#options.onPending();
  }

  #ofKind(kind: string): Map<ObjectKey, Kept> {
    const known = this.#kept.get(kind);
    if (known) return known;
    const made = new Map<ObjectKey, Kept>();
    this.#kept.set(kind, made);
    return made;
  }
}
