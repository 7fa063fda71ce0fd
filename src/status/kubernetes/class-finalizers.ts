import type { ObjectKey } from "../../api/object.ts";
import type { KubeClient } from "../../kube/client.ts";
import { hasStatus, type KubeError } from "../../kube/error.ts";
import type { KubeResource } from "../../kube/resource.ts";
import { WriteQueue } from "./write-queue.ts";

/** The Gateway API's name for the finalizer of a GatewayClass with Gateways. */
export const gatewayExistsFinalizer = "gateway-exists-finalizer.gateway.networking.k8s.io";

/** A GatewayClass or Gateway that appeared, changed or vanished. */
export interface ClassOrGatewayChange {
  readonly kind: string;
  readonly key: ObjectKey;
  readonly object:
    | {
        readonly metadata: { readonly finalizers?: readonly string[]; readonly deletionTimestamp?: string };
        readonly spec?: unknown;
      }
    | undefined;
}

export interface ClassFinalizersOptions {
  readonly client: KubeClient;
  readonly controllerName: string;
  readonly resource: () => KubeResource | undefined;
  /** Whether Gateways of all namespaces are seen. Where they are not, a finalizer may stand for a Gateway that only another control plane sees. */
  readonly seesAllGateways: boolean;
  readonly onFailed: (className: string, error: KubeError) => void;
}

interface OurClass {
  readonly hasFinalizer: boolean;
  readonly isBeingDeleted: boolean;
}

/**
 * Keeps the finalizer on those of our GatewayClasses that Gateways use, so that a class which is deleted stays until its last Gateway is
 * gone. Follows the Gateway API's GatewayClass specification.
 */
export class ClassFinalizers {
  readonly #options: ClassFinalizersOptions;
  readonly #classOf = new Map<ObjectKey, string>();
  readonly #uses = new Map<string, number>();
  readonly #classes = new Map<string, OurClass>();
  readonly #queue: WriteQueue;

  constructor(options: ClassFinalizersOptions) {
    this.#options = options;
    this.#queue = new WriteQueue({ write: (name) => this.#write(name), onFailed: options.onFailed });
  }

  lead(): void {
    this.#queue.open();
    for (const name of this.#classes.keys()) this.#check(name);
  }

  follow(): void {
    this.#queue.close();
  }

  take(changes: readonly ClassOrGatewayChange[]): void {
    for (const { kind, key, object } of changes) {
      if (kind === "Gateway") this.#noteGateway(key, (object?.spec as { gatewayClassName?: string })?.gatewayClassName);
      if (kind === "GatewayClass") this.#noteClass(key, object);
    }
  }

  #noteGateway(key: ObjectKey, className: string | undefined): void {
    const former = this.#classOf.get(key);
    if (former === className) return;
    if (former !== undefined) this.#uses.set(former, (this.#uses.get(former) ?? 1) - 1);
    if (className === undefined) this.#classOf.delete(key);
    else {
      this.#classOf.set(key, className);
      this.#uses.set(className, (this.#uses.get(className) ?? 0) + 1);
    }
    for (const name of [former, className]) if (name !== undefined) this.#check(name);
  }

  #noteClass(name: string, object: ClassOrGatewayChange["object"]): void {
    const spec = object?.spec as { controllerName?: string } | undefined;
    if (spec?.controllerName !== this.#options.controllerName) this.#classes.delete(name);
    else {
      const { finalizers = [], deletionTimestamp } = object?.metadata ?? {};
      const hasFinalizer = finalizers.includes(gatewayExistsFinalizer);
      this.#classes.set(name, { hasFinalizer, isBeingDeleted: deletionTimestamp !== undefined });
      this.#check(name);
    }
  }

  #check(name: string): void {
    const known = this.#classes.get(name);
    if (known === undefined || known.hasFinalizer === this.#isWanted(name)) return;
    if (known.hasFinalizer && !this.#mayRemove(name, known)) return;
    this.#queue.add(name);
  }

  /** A class that is being deleted must not stay for ever because a control plane that was started anew never saw its Gateways. */
  #mayRemove(name: string, { isBeingDeleted }: OurClass): boolean {
    return this.#options.seesAllGateways || isBeingDeleted || this.#uses.has(name);
  }

  #isWanted(name: string): boolean {
    return (this.#uses.get(name) ?? 0) > 0;
  }

  async #write(name: string): Promise<void> {
    const { client } = this.#options;
    const resource = this.#options.resource();
    if (!resource || !this.#classes.has(name)) return;
    try {
      const { metadata } = await client.get(resource, { name });
      const finalizers = ((metadata["finalizers"] ?? []) as readonly string[]).filter(
        (finalizer) => finalizer !== gatewayExistsFinalizer,
      );
      // An object that is being deleted takes no new finalizers.
      const isAdded = this.#isWanted(name) && metadata.deletionTimestamp === undefined;
      const next =
        isAdded || (this.#isWanted(name) && this.#classes.get(name)?.hasFinalizer)
          ? [...finalizers, gatewayExistsFinalizer]
          : finalizers;
      const patch = { metadata: { resourceVersion: metadata.resourceVersion, finalizers: next } };
      // Another control plane may see it otherwise: then the two do not write one against the other at the speed of the API server.
      this.#queue.wrote(name);
      await client.patch(resource, { name }, "merge", patch, { fieldManager: "envoy-gateway" });
    } catch (error) {
      if (hasStatus(error, 409)) this.#queue.add(name);
      else if (!hasStatus(error, 404)) throw error;
    }
  }
}
