import type { KubeClient } from "../../kube/client.ts";
import type { KubeError } from "../../kube/error.ts";
import type { OnMistake } from "../../kube/guarded-sink.ts";
import { Reflector } from "../../kube/reflector.ts";
import type { ReflectorSink } from "../../kube/reflector-sink.ts";
import { Attempts } from "./attempts.ts";
import { itself, slicesOfServices } from "./belonging.ts";
import type { ApiUse } from "./health.ts";
import type { Intake } from "./intake.ts";
import { type FollowedKind, followingOf, isMetadataOnly, resourceName } from "./kinds.ts";
import { ReferencedKind } from "./referenced-kind.ts";
import { partsOf, type References, type TargetId } from "./references.ts";
import type { Scope } from "./scope.ts";
import { WholeKind } from "./whole-kind.ts";

export interface KindFollowerOptions {
  readonly client: KubeClient;
  readonly kind: FollowedKind;
  readonly intake: Intake;
  readonly references: References;
  readonly scope: Scope;
  readonly note: (use: ApiUse, error: KubeError | undefined) => void;
  readonly onMistake: (kind: string, ...mistake: Parameters<OnMistake>) => void;
  /** Told the labels of each namespace, none when it is gone. */
  readonly onNamespace: (namespace: string, labels: Readonly<Record<string, string>> | undefined) => void;
}

/** With more targets than this a kind is listed as a whole rather than target by target. */
const targetsBeforeList = 50;

/** Follows one kind in all namespaces that are looked at, in the way that {@link followingOf} says. */
export class KindFollower {
  readonly kind: FollowedKind;
  readonly #options: KindFollowerOptions;
  readonly #attempts: Attempts;
  readonly #whole: WholeKind;
  readonly #referenced: ReferencedKind | undefined;
  readonly #stop = new AbortController();
  readonly #synced = Promise.withResolvers<void>();
  #reflectors: readonly Reflector[] = [];

  constructor(options: KindFollowerOptions) {
    this.#options = options;
    this.kind = options.kind;
    this.#attempts = new Attempts(options.note);
    this.#whole = new WholeKind({ ...options, attempts: this.#attempts });
    if (followingOf(this.kind.definition.kind) !== "all") this.#referenced = this.#createReferenced();
  }

  /** Resolves when all there was at the start has been taken in. */
  get synced(): Promise<void> {
    return this.#synced.promise;
  }

  start(): void {
    if (this.#reflectors.length > 0 || this.#stop.signal.aborted) return;
    const { client, kind, note, onMistake } = this.#options;
    const following = followingOf(kind.definition.kind);
    const isListed = following === "all" || (following === "referenced" && this.#wanted().length > targetsBeforeList);
    const isNameOnly = following === "fetched" || isMetadataOnly(kind.definition.kind);
    this.#reflectors = this.#namespaces().map((namespace) => {
      const use = this.#use(namespace);
      return new Reflector({
        client,
        resource: kind.resource,
        selection: { namespace, isMetadataOnly: isNameOnly },
        isListed,
        sink: this.#sink(namespace, isListed),
        onMistake: (mistake, key) => onMistake(kind.definition.kind, mistake, key),
        onState: (error) => note(use, error),
      });
    });
    for (const reflector of this.#reflectors) reflector.start();
    void this.#sync();
  }

  stop(): void {
    this.#stop.abort();
    this.#whole.stop();
    this.#referenced?.stop();
    this.#attempts.stop();
    for (const reflector of this.#reflectors) reflector.stop();
  }

  relist(): void {
    for (const reflector of this.#reflectors) reflector.relist();
  }

  /** Reads what belongs to a target, for kinds that are followed only as far as they are referred to. */
  read(target: TargetId): Promise<void> | undefined {
    return this.#referenced && this.#isOfKind(target) ? this.#referenced.read(target) : undefined;
  }

  forget(target: TargetId): void {
    this.#referenced?.forget(target);
  }

  /** Takes in a namespace that has come into sight. */
  readNamespace(namespace: string): void {
    // Before the start there is nothing to complete.
    if (!this.kind.resource.isNamespaced || this.#reflectors.length === 0) return;
    if (this.#referenced) this.#referenced.readAll(namespace);
    else this.#whole.readNamespace(namespace);
  }

  /** What a role has to permit. */
  get uses(): readonly ApiUse[] {
    return this.#namespaces().map((namespace) => this.#use(namespace));
  }

  async #sync(): Promise<void> {
    await Promise.all(this.#reflectors.map(({ synced }) => synced));
    await this.#referenced?.settled();
    this.#synced.resolve();
  }

  #sink(namespace: string | undefined, isListed: boolean): ReflectorSink {
    const { kind, intake, onNamespace } = this.#options;
    if (this.#referenced) return this.#referenced.sinkFor(namespace, isListed);
    const sink = this.#whole.sinkFor(namespace);
    if (kind.definition.kind !== "Namespace") return sink;
    return {
      ...sink,
      listed: (object) => {
        sink.listed(object);
        onNamespace(object.metadata.name, object.metadata.labels ?? {});
      },
      completed: (keys, version) => {
        const known = intake.keys("Namespace");
        sink.completed(keys, version);
        for (const key of known) if (intake.object("Namespace", key) === undefined) onNamespace(key, undefined);
      },
      changed: (object) => {
        sink.changed(object);
        onNamespace(object.metadata.name, object.metadata.labels ?? {});
      },
      deleted: (object) => {
        sink.deleted(object);
        onNamespace(object.metadata.name, undefined);
      },
    };
  }

  #createReferenced(): ReferencedKind {
    const { client, kind, intake, references, scope } = this.#options;
    const { kind: name } = kind.definition;
    const isFetched = followingOf(name) === "fetched";
    const isOfCluster = scope.namespaces.includes(undefined);
    return new ReferencedKind({
      client,
      kind,
      intake,
      belonging: name === "EndpointSlice" ? slicesOfServices : itself(name),
      isFetched,
      isWanted: (target) => references.isWanted(target),
      wanted: () => this.#wanted(),
      isVisible: (namespace) => scope.isVisible(namespace),
      attempts: this.#attempts,
      useIn: (namespace) => ({
        verbs: [isFetched ? "get" : "list"],
        resource: resourceName(kind.resource),
        namespace: isOfCluster ? undefined : namespace,
      }),
    });
  }

  #wanted(): readonly TargetId[] {
    return [...this.#options.references.targets()].filter((target) => this.#isOfKind(target));
  }

  #isOfKind(target: TargetId): boolean {
    const { kind } = partsOf(target);
    const own = this.kind.definition.kind;
    return kind === own || (own === "EndpointSlice" && (kind === "Service" || kind === "ServiceImport"));
  }

  #namespaces(): readonly (string | undefined)[] {
    return this.kind.resource.isNamespaced ? this.#options.scope.namespaces : [undefined];
  }

  #use(namespace: string | undefined): ApiUse {
    return { verbs: ["list", "watch"], resource: resourceName(this.kind.resource), namespace };
  }
}
