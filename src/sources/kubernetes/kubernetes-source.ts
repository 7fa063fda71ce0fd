import type { KindDefinition, Registry } from "../../api/registry.ts";
import type { KubernetesWatchMode } from "../../api/v1alpha1/envoygateway/kubernetes-provider.ts";
import type { KubeClient } from "../../kube/client.ts";
import type { KubeResource } from "../../kube/resource.ts";
import type { Admission } from "../../schema/admit.ts";
import type { Source, SourceBatch, SourceProblem } from "../source.ts";
import { Definitions } from "./definitions.ts";
import { Delivery } from "./delivery.ts";
import { Health } from "./health.ts";
import { Intake, type StatusObserver } from "./intake.ts";
import { KindFollower } from "./kind-follower.ts";
import { type FollowedKind, followingOf, resourceName } from "./kinds.ts";
import { partsOf, References, type TargetId } from "./references.ts";
import { namespaceOf, Scope } from "./scope.ts";

/** Settings of {@link createKubernetesSource}. */
export interface KubernetesSourceOptions {
  readonly client: KubeClient;
  readonly registry: Pick<Registry, "kinds">;
  /** `admit` of `src/schema/admit.ts`. */
  readonly admit: (kind: KindDefinition, raw: unknown) => Admission<unknown>;
  /** Which namespaces are looked at. Default: all. */
  readonly watch?: KubernetesWatchMode | undefined;
  /** Namespace of the control plane, which is always looked at. */
  readonly namespace: string;
  /** Objects that the configuration refers to. Default: none. */
  readonly configured?: readonly TargetId[] | undefined;
  readonly statuses?: StatusObserver | undefined;
  /** How often everything is listed anew (`cacheSyncPeriod`), in ms. Default: 10 hours. */
  readonly relistEveryMs?: number | undefined;
  /** Told what keeps the first batch waiting; later problems come with batches. */
  readonly onWaiting?: ((problems: readonly SourceProblem[]) => void) | undefined;
}

/** Objects from an API server. */
export interface KubernetesSource extends Source {
  /** A kind as the API server serves it; undefined while it does not. */
  served(kind: string): KubeResource | undefined;
}

const tenHoursMs = 36_000_000;

/**
 * Lists and watches the kinds of `registry` that the API server has. Kinds that it does not have are followed as soon as they are installed. When the
 * API server is away, nothing changes; when it is back, everything goes on where it was. The first batch is delivered when every kind was
 * listed and everything that is referred to was read: a configuration that lacks a part, such as a policy, is not served.
 */
export function createKubernetesSource(options: KubernetesSourceOptions): KubernetesSource {
  return new ApiServerSource(options);
}

class ApiServerSource implements KubernetesSource {
  readonly #options: KubernetesSourceOptions;
  readonly #scope: Scope;
  readonly #health: Health;
  readonly #references: References;
  readonly #intake: Intake;
  readonly #definitions: Definitions;
  readonly #delivery: Delivery;
  readonly #kinds: readonly KindDefinition[];
  readonly #followers = new Map<string, KindFollower>();
  readonly #found = Promise.withResolvers<void>();
  readonly #stopped = Promise.withResolvers<void>();
  #relisting: NodeJS.Timeout | undefined;
  #areNamespacesKnown = false;
  #isFollowingReferences = false;
  #isStopped = false;

  constructor(options: KubernetesSourceOptions) {
    const { client, registry, watch, namespace } = options;
    this.#options = options;
    this.#kinds = registry.kinds.filter(({ ignored }) => ignored !== true);
    this.#scope = new Scope(watch, namespace);
    this.#health = new Health(client.config.server, () => this.#healthChanged());
    this.#references = new References({
      wanted: (target) => this.#wanted(target),
      unwanted: (target) => this.#unwanted(target),
    });
    this.#intake = new Intake({
      admit: options.admit,
      references: this.#references,
      statuses: options.statuses,
      onPending: () => this.#delivery.schedule(),
    });
    this.#delivery = new Delivery(this.#intake, this.#health);
    this.#definitions = new Definitions({
      client,
      kinds: this.#kinds,
      onFound: (found) => this.#foundKinds(found),
      note: (use, error) => this.#health.note(use, error),
      onMistake: (kind, mistake, key) => this.#health.noteMistake(kind, mistake, key),
    });
  }

  async start(onBatch: (batch: SourceBatch) => void): Promise<void> {
    await Promise.race([this.#load(), this.#stopped.promise]);
    if (this.#isStopped) return;
    this.#delivery.open(onBatch);
    const period = this.#options.relistEveryMs ?? tenHoursMs;
    this.#relisting = setInterval(() => this.#relist(), period).unref();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    clearInterval(this.#relisting);
    this.#delivery.close();
    this.#definitions.stop();
    for (const follower of this.#followers.values()) follower.stop();
    this.#stopped.resolve();
  }

  served(kind: string): KubeResource | undefined {
    return this.#followers.get(kind)?.kind.resource;
  }

  async #load(): Promise<void> {
    this.#references.set("configuration", this.#options.configured ?? []);
    this.#definitions.start();
    await this.#found.promise;
    if (this.#scope.isSelective) await this.#followers.get("Namespace")?.synced;
    this.#areNamespacesKnown = true;
    this.#startFollowers();
    // Kinds that were found meanwhile are waited for as well.
    for (let known = 0; known < this.#followers.size; ) {
      known = this.#followers.size;
      await this.#synced(({ kind }) => followingOf(kind.definition.kind) === "all");
    }
    if (this.#isStopped) return;
    this.#isFollowingReferences = true;
    this.#startFollowers();
    await this.#synced(() => true);
  }

  async #synced(which: (follower: KindFollower) => boolean): Promise<void> {
    await Promise.all([...this.#followers.values()].filter(which).map((follower) => follower.synced));
  }

  #foundKinds(found: ReadonlyMap<string, FollowedKind>): void {
    for (const definition of this.#kinds) {
      const followed = found.get(definition.kind);
      const follower = this.#followers.get(definition.kind);
      if (followed && follower?.kind.resource.version !== followed.resource.version) this.#follow(followed);
      if (!followed && follower && this.#definitions.isRemoved(definition)) this.#unfollow(follower);
      const isMissing = !this.#followers.has(definition.kind);
      this.#health.noteMissing(definition.kind, resourceName(definition), isMissing);
    }
    this.#found.resolve();
  }

  /** Follows a kind, or goes on with another version of it. */
  #follow(kind: FollowedKind): void {
    const { client } = this.#options;
    const name = kind.definition.kind;
    this.#followers.get(name)?.stop();
    const follower = new KindFollower({
      client,
      kind,
      intake: this.#intake,
      references: this.#references,
      scope: this.#scope,
      note: (use, error) => {
        this.#health.note(use, error);
        if (error?.status === 404) this.#definitions.lookSoon();
      },
      onMistake: (of, mistake, key) => this.#health.noteMistake(of, mistake, key),
      onNamespace: (namespace, labels) => this.#noteNamespace(namespace, labels),
    });
    this.#followers.set(name, follower);
    this.#startFollowers();
  }

  /** Starts what can be started: namespaces come first where their labels decide, and what is referred to last. */
  #startFollowers(): void {
    for (const [name, follower] of this.#followers) {
      const canStart =
        followingOf(name) === "all" ? this.#areNamespacesKnown || name === "Namespace" : this.#isFollowingReferences;
      if (canStart) follower.start();
    }
  }

  #unfollow(follower: KindFollower): void {
    const { kind } = follower.kind.definition;
    follower.stop();
    this.#followers.delete(kind);
    for (const use of follower.uses) this.#health.note(use, undefined);
    for (const key of this.#intake.keys(kind)) this.#intake.drop(kind, key);
  }

  #relist(): void {
    for (const follower of this.#followers.values()) follower.relist();
  }

  #wanted(target: TargetId): void {
    if (!this.#isFollowingReferences) return;
    for (const kind of kindsOf(target)) {
      const read = this.#followers.get(kind)?.read(target);
      if (read) this.#delivery.hold(read);
    }
  }

  #unwanted(target: TargetId): void {
    for (const kind of kindsOf(target)) this.#followers.get(kind)?.forget(target);
  }

  #noteNamespace(namespace: string, labels: Readonly<Record<string, string>> | undefined): void {
    const change = this.#scope.noteLabels(namespace, labels);
    if (change === "appeared") for (const follower of this.#followers.values()) follower.readNamespace(namespace);
    if (change !== "vanished") return;
    for (const kind of this.#followers.keys()) {
      for (const key of this.#intake.keys(kind)) if (namespaceOf(key) === namespace) this.#intake.drop(kind, key);
    }
  }

  #healthChanged(): void {
    if (this.#delivery.isOpen) this.#delivery.healthChanged();
    else this.#options.onWaiting?.(this.#health.problems());
  }
}

/** Kinds whose objects belong to something that is referred to. */
function kindsOf(target: TargetId): readonly string[] {
  const { kind } = partsOf(target);
  return kind === "Service" || kind === "ServiceImport" ? [kind, "EndpointSlice"] : [kind];
}
