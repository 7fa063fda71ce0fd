import { setTimeout as sleep } from "node:timers/promises";
import type { AnyObject, KubeClient } from "../../src/kube/client.ts";
import type { KubeResource } from "../../src/kube/resource.ts";
import { namespace, resources } from "./objects.ts";

const pollMs = 5;

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly observedGeneration?: number;
}

interface RouteStatus {
  readonly parents?: readonly { readonly conditions?: readonly Condition[] }[];
}

interface GatewayStatus {
  readonly listeners?: readonly { readonly attachedRoutes?: number }[];
}

/** Follows the statuses of the benchmark's Gateway and routes, as anybody may who watches them. */
export class StatusWatch {
  readonly #ended = new AbortController();
  readonly #right = new Set<string>();
  #attached: number | undefined;
  #rightAt = 0;
  #failure: unknown;
  /** Events that changed the Gateway's status: one for each write of it. */
  gatewayWrites = 0;

  private constructor() {}

  /** Resolves when nothing that is written from now on is missed. */
  static async start(client: KubeClient): Promise<StatusWatch> {
    const watch = new StatusWatch();
    await Promise.all([
      watch.#follow(client, resources.gateway, (object, isNew) => watch.#seeGateway(object, isNew)),
      watch.#follow(client, resources.route, (object, _, isGone) => watch.#seeRoute(object, isGone)),
    ]);
    return watch;
  }

  stop(): void {
    this.#ended.abort();
  }

  /** When (`performance.now()`) the last of so many routes, and the Gateway's number of them, were right. */
  async allRight(count: number, limitMs: number): Promise<number> {
    const end = performance.now() + limitMs;
    while (this.#right.size !== count || this.#attached !== count) {
      if (this.#failure !== undefined) throw this.#failure;
      if (performance.now() > end) {
        throw new Error(
          `of ${count} routes ${this.#right.size} have right conditions, the Gateway tells ${this.#attached}`,
        );
      }
      await sleep(pollMs);
    }
    return this.#rightAt;
  }

  async #follow(
    client: KubeClient,
    resource: KubeResource,
    see: (object: AnyObject, isChange: boolean, isGone: boolean) => void,
  ): Promise<void> {
    const { metadata, items } = await client.listAll(resource, { namespace });
    for (const item of items) see(item, false, false);
    const opened = Promise.withResolvers<void>();
    const read = async (): Promise<void> => {
      const { resourceVersion } = metadata;
      const options = { namespace, resourceVersion, signal: this.#ended.signal, onOpen: opened.resolve };
      for await (const { type, object } of client.watch(resource, options)) {
        if (type !== "BOOKMARK") see(object, true, type === "DELETED");
      }
    };
    read().catch((error: unknown) => {
      if (this.#ended.signal.aborted) return;
      this.#failure = error;
      opened.reject(error);
    });
    await opened.promise;
  }

  #seeGateway({ status }: AnyObject, isChange: boolean): void {
    if (isChange) this.gatewayWrites++;
    this.#attached = (status as GatewayStatus | undefined)?.listeners?.[0]?.attachedRoutes;
    this.#rightAt = performance.now();
  }

  #seeRoute({ metadata, status }: AnyObject, isGone: boolean): void {
    const [parent] = (status as RouteStatus | undefined)?.parents ?? [];
    const isRight = ["Accepted", "ResolvedRefs"].every((wanted) =>
      parent?.conditions?.some(
        ({ type, status: value, observedGeneration }) =>
          type === wanted && value === "True" && observedGeneration === metadata.generation,
      ),
    );
    if (isRight && !isGone) this.#right.add(metadata.name);
    else this.#right.delete(metadata.name);
    this.#rightAt = performance.now();
  }
}
