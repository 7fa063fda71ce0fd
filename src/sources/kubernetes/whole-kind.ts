import { objectKey } from "../../api/object.ts";
import { JitteredBackoff, pause } from "../../kube/backoff.ts";
import type { AnyObject, KubeClient } from "../../kube/client.ts";
import type { ReflectorSink } from "../../kube/reflector-sink.ts";
import type { Attempts } from "./attempts.ts";
import type { ApiUse } from "./health.ts";
import type { Intake } from "./intake.ts";
import { type FollowedKind, isMetadataOnly, resourceName } from "./kinds.ts";
import { isWithin, namespaceOf, type Scope } from "./scope.ts";

export interface WholeKindOptions {
  readonly client: KubeClient;
  readonly kind: FollowedKind;
  readonly intake: Intake;
  readonly scope: Scope;
  readonly attempts: Attempts;
}

/** A namespace that is being read. */
interface Read {
  /** The answer may lack what happened meanwhile, so it is read once more. */
  isStale: boolean;
  /** What the watch has told to be gone since it began (`metadata.uid`): the answer may be older. */
  readonly deleted: Set<string>;
}

/** Keeps all objects of a kind, as far as their namespace is in sight. */
export class WholeKind {
  readonly #options: WholeKindOptions;
  readonly #reads = new Map<string, Read>();
  readonly #stop = new AbortController();

  constructor(options: WholeKindOptions) {
    this.#options = options;
  }

  /** Takes what is heard of the objects of a namespace, or of all. */
  sinkFor(namespace: string | undefined): ReflectorSink {
    const { kind, intake } = this.#options;
    const name = kind.definition.kind;
    return {
      listed: (object) => this.#take(object),
      completed: (keys, version) => {
        for (const key of intake.keys(name)) {
          if (keys.has(key) || !isWithin(namespaceOf(key), namespace)) continue;
          if (!intake.isKnownAfter(name, key, version)) intake.drop(name, key);
        }
        // What was deleted before the list was told by nobody, and an answer on its way may still have it.
        for (const read of this.#reads.values()) read.isStale = true;
      },
      changed: (object) => this.#take(object),
      deleted: ({ metadata }) => {
        const { namespace: of = "", name: called, uid } = metadata;
        if (uid !== undefined) this.#reads.get(of)?.deleted.add(uid);
        intake.drop(name, objectKey(of, called), { uid });
      },
      setBack: () => intake.setBack(name, namespace),
    };
  }

  /** Reads the objects of a namespace that has just come into sight. */
  readNamespace(namespace: string): void {
    const known = this.#reads.get(namespace);
    if (known) known.isStale = true;
    else void this.#read(namespace);
  }

  stop(): void {
    this.#stop.abort();
  }

  async #read(namespace: string): Promise<void> {
    const { kind, attempts } = this.#options;
    const { signal } = this.#stop;
    const read: Read = { isStale: true, deleted: new Set() };
    const use: ApiUse = { verbs: ["list"], resource: resourceName(kind.resource) };
    const backoff = new JitteredBackoff();
    this.#reads.set(namespace, read);
    while (read.isStale && this.#isSeen(namespace)) {
      read.isStale = false;
      read.deleted.clear();
      try {
        await this.#readOnce(namespace, read);
        attempts.ended(namespace);
      } catch (error) {
        if (signal.aborted) break;
        attempts.failed(namespace, use, error);
        await pause(backoff.next(), signal);
        read.isStale = true;
      }
    }
    attempts.ended(namespace);
    this.#reads.delete(namespace);
  }

  async #readOnce(namespace: string, { deleted }: Read): Promise<void> {
    const { client, kind } = this.#options;
    const isOfNames = isMetadataOnly(kind.definition.kind);
    const selection = { namespace, isMetadataOnly: isOfNames, signal: this.#stop.signal };
    for await (const { items } of client.pages(kind.resource, selection)) {
      if (!this.#isSeen(namespace)) return;
      for (const item of items) if (!deleted.has(item.metadata.uid ?? "")) this.#take(item);
    }
  }

  #take(object: AnyObject): void {
    const { kind, intake, scope } = this.#options;
    if (scope.isVisible(object.metadata.namespace ?? "")) intake.take(kind, object);
  }

  #isSeen(namespace: string): boolean {
    return !this.#stop.signal.aborted && this.#options.scope.isVisible(namespace);
  }
}
