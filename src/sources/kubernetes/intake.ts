import { type KubeObject, type ObjectKey, objectKey } from "../../api/object.ts";
import type { KindDefinition } from "../../api/registry.ts";
import type { AnyObject } from "../../kube/client.ts";
import { isLater } from "../../kube/resource-version.ts";
import type { Admission } from "../../schema/admit.ts";
import { formatPath } from "../../schema/issue.ts";
import { sameData } from "../../translate/equal.ts";
import type { ObjectChange, SourceProblem } from "../source.ts";
import { type FollowedKind, followingOf, hasOurStatus } from "./kinds.ts";
import { type References, referencesIn } from "./references.ts";
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
  readonly object: KubeObject;
  resourceVersion: string;
}

/**
 * The objects that were handed over. It decides what is news: what comes again, and what differs in its status only, goes no further. So a relist
 * costs a comparison for each object, and our own writing of statuses sets nothing off.
 */
export class Intake {
  readonly #options: IntakeOptions;
  readonly #kept = new Map<string, Map<ObjectKey, Kept>>();
  readonly #pending = new Map<string, ObjectChange>();
  readonly #problems = new Map<string, readonly SourceProblem[]>();
  #hasNewProblems = false;

  constructor(options: IntakeOptions) {
    this.#options = options;
  }

  /**
   * Takes an object as the API server tells it. What was told before by somebody quicker is older and passed over, unless this is known to
   * be the API server's latest word (`isFinal`): after it was set back to an earlier state, versions are smaller.
   */
  take(kind: FollowedKind, raw: AnyObject, isFinal = false): void {
    const { namespace, name, uid = "", resourceVersion = "" } = raw.metadata;
    const key = objectKey(namespace, name);
    const objects = this.#ofKind(kind.definition.kind);
    const kept = objects.get(key);
    const isSame = kept?.uid === uid;
    if (kept?.resourceVersion === resourceVersion) return;
    if (kept && !isFinal && !isLater(resourceVersion, kept.resourceVersion)) return;
    if (hasOurStatus(kind.definition)) {
      this.#options.statuses?.observed({ kind, key, uid, resourceVersion, status: raw["status"] }, isFinal);
    }
    if (isSame && differsInStatusOnly(kept.object, raw, kind)) {
      kept.resourceVersion = resourceVersion;
      return;
    }
    const object = this.#admit(kind.definition, key, raw, kind) ?? kept?.object;
    if (object === undefined) return;
    if (isSame && (object === kept.object || sameData(kept.object, object))) {
      kept.resourceVersion = resourceVersion;
      return;
    }
    objects.set(key, { uid, object, resourceVersion });
    this.#change({ kind: kind.definition.kind, key, object });
    if (followingOf(kind.definition.kind) === "all") {
      this.#options.references.set(`${kind.definition.kind} ${key}`, referencesIn(object));
    }
  }

  /** Forgets an object; with a `uid` only that one, not another that was made under its name. */
  drop(kind: string, key: ObjectKey, uid?: string): void {
    const objects = this.#ofKind(kind);
    const kept = objects.get(key);
    if (this.#problems.delete(`${kind} ${key}`)) this.#problemsChanged();
    this.#options.statuses?.gone(kind, key, uid);
    if (!kept || (uid !== undefined && kept.uid !== uid)) return;
    objects.delete(key);
    this.#options.references.set(`${kind} ${key}`, []);
    this.#change({ kind, key, object: undefined });
  }

  /** Keys of a kind's objects that were handed over, and of those that were refused. */
  keys(kind: string): readonly ObjectKey[] {
    const refused = [...this.#problems.values()].flatMap(([problem]) =>
      problem?.kind === kind && problem.key !== undefined ? [problem.key] : [],
    );
    return [...new Set([...this.#ofKind(kind).keys(), ...refused])];
  }

  object(kind: string, key: ObjectKey): KubeObject | undefined {
    return this.#ofKind(kind).get(key)?.object;
  }

  /** What was not delivered yet, and all problems with objects if they are others than before. */
  collect(): { readonly changes: readonly ObjectChange[]; readonly problems: readonly SourceProblem[] | undefined } {
    const changes = [...this.#pending.values()];
    this.#pending.clear();
    const problems = this.#hasNewProblems ? [...this.#problems.values()].flat() : undefined;
    this.#hasNewProblems = false;
    return { changes, problems };
  }

  /** What the API server has taken was judged by the definitions installed there, which may be of another version than ours. */
  #admit(definition: KindDefinition, key: ObjectKey, raw: AnyObject, kind: FollowedKind): KubeObject | undefined {
    const { object, issues } = this.#options.admit(definition, trimmed(raw, kind));
    const id = `${definition.kind} ${key}`;
    const errors = object === undefined ? issues.filter(({ severity }) => severity === "error") : [];
    if (errors.length > 0) {
      const effect = "The object's former version, if there is one, stays in effect.";
      const problems = errors.map(
        ({ code, message, path }): SourceProblem => ({
          severity: "error",
          code,
          message,
          effect,
          kind: definition.kind,
          key,
          field: formatPath(path),
        }),
      );
      this.#problems.set(id, problems);
      this.#problemsChanged();
    } else if (this.#problems.delete(id)) this.#problemsChanged();
    return object as KubeObject | undefined;
  }

  #problemsChanged(): void {
    this.#hasNewProblems = true;
    this.#options.onPending();
  }

  #change(change: ObjectChange): void {
    this.#pending.set(`${change.kind} ${change.key}`, change);
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
