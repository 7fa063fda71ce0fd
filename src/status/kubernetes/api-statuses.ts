import { compareText, type ObjectKey } from "../../api/object.ts";
import type { AnyObject, KubeClient } from "../../kube/client.ts";
import { hasStatus, type KubeError } from "../../kube/error.ts";
import type { KubeResource } from "../../kube/resource.ts";
import { isLater } from "../../kube/resource-version.ts";
import type { ObjectStatus, StatusReference } from "../../translate/conditions.ts";
import { sameData } from "../../translate/equal.ts";
import type { WrittenStatus } from "../object-status.ts";
import type { StatusChange, StoredStatus } from "../store.ts";
import { statusPatch, statusToWrite, withHeldFleet } from "./status-patch.ts";
import { WriteQueue } from "./write-queue.ts";

/** What the API server holds as an object's status. */
export interface HeldStatus {
  readonly kind: string;
  readonly key: ObjectKey;
  readonly resource: KubeResource;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly status: WrittenStatus | undefined;
}

export interface ApiStatusesOptions {
  readonly client: KubeClient;
  readonly controllerName: string;
  readonly clock: () => Date;
  /** The computed status of an object by `<kind>/<key>`, as of now. */
  readonly computed: (id: string) => ObjectStatus | undefined;
  /** Whether it is known how the Envoys of Gateways are; until then that part of their statuses stays. Default: it is. */
  readonly areFleetsKnown?: (() => boolean) | undefined;
  /**
   * Whether what an object of this namespace says of a parent or an ancestor stays as it stands, see `isStatusHeld`. Default: it does not.
   */
  readonly isHeld?: ((reference: StatusReference, namespace: string) => boolean) | undefined;
  /** Told of each write, and of each that failed. */
  readonly onWritten?: ((kind: string, key: ObjectKey, error: KubeError | undefined) => void) | undefined;
}

/** What others changed may be about to be computed anew; a status in between is not worth a write. */
const settleMs = 100;
/** Kinds of which there are few and for which people wait. */
const urgentKinds: ReadonlySet<string> = new Set(["GatewayClass", "Gateway"]);

/**
 * Keeps statuses on an API server as they are computed: whatever differs is written, whoever made it differ. Other controllers' entries and
 * conditions stay as they are. Written is only while `lead` is in force; what the API server holds is noted all the time, so that
 * a new leader writes nothing that is right already.
 */
export class ApiStatuses {
  readonly #options: ApiStatusesOptions;
  readonly #held = new Map<string, HeldStatus>();
  readonly #queue: WriteQueue;

  constructor(options: ApiStatusesOptions) {
    this.#options = options;
    this.#queue = new WriteQueue({
      write: (id) => this.#write(id),
      isUrgent: (id) => urgentKinds.has(id.slice(0, id.indexOf("/"))),
      onFailed: (id, error) => this.#told(id, error),
    });
  }

  /** From now on statuses are written, beginning with those that are not right. There must have been a commit before. */
  lead(): void {
    this.#queue.open();
    this.#review();
  }

  /** From now on it is known how the Envoys are. */
  fleetsKnown(): void {
    this.#review();
  }

  /** What was held may be held no more. */
  heldChanged(): void {
    this.#review();
  }

  /** Somebody else writes from now on. */
  follow(): void {
    this.#queue.close();
  }

  /**
   * Notes what the API server holds. What is older than an answer to a write is passed over, unless it is known to be the latest (`isFinal`):
   * an API server that was set back to an earlier state has smaller versions.
   */
  observed(held: HeldStatus, isFinal = false): void {
    const id = idOf(held.kind, held.key);
    const former = this.#held.get(id);
    if (former?.resourceVersion === held.resourceVersion) return;
    if (former?.uid === held.uid && !isFinal && !isLater(held.resourceVersion, former.resourceVersion)) return;
    // Statuses that are equal are held once.
    const status = sameData(former?.status, held.status) ? former?.status : held.status;
    this.#held.set(id, { ...held, status });
    if (former !== undefined && former.uid !== held.uid) this.#queue.renew(id);
    if (status !== former?.status || former?.uid !== held.uid) this.#queue.add(id, settleMs);
  }

  /** The object is gone; with a `uid` only that one, not another that was made under its name. */
  gone(kind: string, key: ObjectKey, uid?: string): void {
    const id = idOf(kind, key);
    if (uid !== undefined && this.#held.get(id)?.uid !== uid) return;
    this.#held.delete(id);
    this.#queue.renew(id);
  }

  /** Takes what a commit computed. */
  apply(changes: readonly StatusChange[]): void {
    for (const { value, previous } of changes) {
      const status = value ?? previous;
      if (status) this.#queue.add(idOf(status.kind, status.key));
    }
  }

  get(kind: string, key: ObjectKey): StoredStatus | undefined {
    const id = idOf(kind, key);
    const held = this.#held.get(id);
    const status = held && this.#next(id, held);
    return status && { kind, key, uid: held.uid, status };
  }

  /** All statuses as they are to be, or those of one kind, ordered by kind and key. */
  list(kind?: string): readonly StoredStatus[] {
    const all = [...this.#held.values()].filter((held) => kind === undefined || held.kind === kind);
    const statuses = all.flatMap((held) => this.get(held.kind, held.key) ?? []);
    return statuses.sort((a, b) => compareText(a.kind, b.kind) || compareText(a.key, b.key));
  }

  /** Resolves when everything was written, or given up. */
  flush(): Promise<void> {
    return this.#queue.flush();
  }

  #review(): void {
    for (const [id, held] of this.#held) if (this.#next(id, held) !== held.status) this.#queue.add(id);
  }

  async #write(id: string): Promise<void> {
    const held = this.#held.get(id);
    if (!held) return;
    const next = this.#next(id, held);
    if (next === undefined || next === held.status) return;
    const { client } = this.#options;
    const [namespace, name] = held.resource.isNamespaced ? placeOf(held.key) : [undefined, held.key];
    const place = { namespace, name, subresource: "status" };
    try {
      const patch = statusPatch(held.status, next, held.resourceVersion);
      const answer = await client.patch(held.resource, place, "merge", patch, { fieldManager: "envoy-gateway" });
      this.#queue.wrote(id);
      this.#note(held, answer, next);
      this.#told(id, undefined);
    } catch (error) {
      // Deleted, or deleted and made anew: the watch tells, and what is made anew has a status of its own.
      if (hasStatus(error, 404)) return;
      if (!hasStatus(error, 409)) throw error;
      this.#queue.wrote(id);
      const { resource } = held;
      const fresh = await client.get(resource, { namespace, name }).catch((reason: unknown) => {
        if (hasStatus(reason, 404)) return undefined;
        throw reason;
      });
      if (!fresh || fresh.metadata.uid !== held.uid) return;
      // Nobody wrote at the same time, e.g. a webhook refuses with this code: that is no better the next time.
      if (fresh.metadata.resourceVersion === held.resourceVersion) throw error;
      this.#note(held, fresh, fresh["status"] as WrittenStatus | undefined);
      this.#queue.add(id);
    }
  }

  /**
   * Notes an answer to a request that began when `held` was known, unless the object is another by now, or a watch has told meanwhile what was
   * written later: that would be lost otherwise, for nothing tells it again.
   */
  #note(held: HeldStatus, { metadata, status }: AnyObject, expected: WrittenStatus | undefined): void {
    const id = idOf(held.kind, held.key);
    const current = this.#held.get(id);
    if (current?.uid !== held.uid) return;
    const resourceVersion = metadata.resourceVersion ?? held.resourceVersion;
    if (current !== held && !isLater(resourceVersion, current.resourceVersion)) return;
    const kept = sameData(status, expected) ? expected : (status as WrittenStatus | undefined);
    this.#held.set(id, { ...held, resourceVersion, status: kept });
  }

  #next(id: string, held: HeldStatus): WrittenStatus | undefined {
    const { computed, controllerName, clock, areFleetsKnown, isHeld } = this.#options;
    const status = computed(id);
    // What was computed for an object of the same name that is gone is not about this one.
    if (status?.uid !== undefined && status.uid !== held.uid) return held.status;
    const isKept = status?.kind === "Gateway" && areFleetsKnown?.() === false;
    const next = isKept ? withHeldFleet(status, held.status) : status;
    const namespace = held.resource.isNamespaced ? placeOf(held.key)[0] : "";
    return statusToWrite(held.status, next, {
      controllerName,
      now: clock(),
      isHeld: isHeld && ((reference) => isHeld(reference, namespace)),
    });
  }

  #told(id: string, error: KubeError | undefined): void {
    const slash = id.indexOf("/");
    this.#options.onWritten?.(id.slice(0, slash), id.slice(slash + 1), error);
  }
}

function idOf(kind: string, key: ObjectKey): string {
  return `${kind}/${key}`;
}

function placeOf(key: ObjectKey): readonly [namespace: string, name: string] {
  const slash = key.indexOf("/");
  return [key.slice(0, slash), key.slice(slash + 1)];
}
