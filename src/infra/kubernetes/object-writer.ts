import type { AnyObject, KubeClient } from "../../kube/client.ts";
import { hasStatus, KubeError } from "../../kube/error.ts";
import type { InfraLogger } from "../fleet.ts";
import { handOverReplicas } from "./replicas-handover.ts";
import { type FleetKind, fleetResources } from "./resources.ts";
import { fieldManager } from "./settings.ts";

/** One write, for metrics. */
export interface InfraWrite {
  readonly action: "apply" | "delete";
  readonly kind: FleetKind;
  readonly namespace: string;
  readonly name: string;
  readonly durationMs: number;
  readonly error?: KubeError | undefined;
}

/** What writes go through; the same for all fleets. */
export interface WriterSurroundings {
  readonly client: KubeClient;
  readonly logger: InfraLogger;
  /** Whether objects may be written. */
  readonly mayWrite: () => boolean;
  readonly onWrite: (write: InfraWrite) => void;
}

/** Thrown instead of a write that is another control plane's by now. */
export class MayNotWrite extends Error {
  constructor() {
    super("Another control plane writes now.");
  }
}

/** Writes objects of one fleet, as long as this control plane may: each write asks anew, for leadership can end between two of them. */
export class ObjectWriter {
  readonly #fleet: string;
  readonly #surroundings: WriterSurroundings;

  /** `fleet` is its key, for the log. */
  constructor(fleet: string, surroundings: WriterSurroundings) {
    this.#fleet = fleet;
    this.#surroundings = surroundings;
  }

  /** Server-side apply; returns what the API server made of it. */
  async apply(kind: FleetKind, object: AnyObject): Promise<AnyObject> {
    const { client } = this.#surroundings;
    return await this.#written("apply", kind, object, () =>
      client.apply<AnyObject>(fleetResources[kind], object, { fieldManager }),
    );
  }

  /** Lets a Deployment keep its pods when their number is not ours any more. */
  async handOverReplicas(deployment: AnyObject): Promise<void> {
    this.#check();
    await handOverReplicas(this.#surroundings.client, deployment);
  }

  /** Deletes an object, only as the one that it is now. */
  async delete(kind: FleetKind, object: AnyObject): Promise<void> {
    const { client } = this.#surroundings;
    const { namespace, name, uid } = object.metadata;
    try {
      await this.#written("delete", kind, object, () =>
        client.delete(fleetResources[kind], { namespace, name }, { uid }),
      );
    } catch (error) {
      // Gone, or another one of its name has come; the watch tells.
      if (!hasStatus(error, 404, 409)) throw error;
    }
  }

  #check(): void {
    if (!this.#surroundings.mayWrite()) throw new MayNotWrite();
  }

  async #written<T>(
    action: InfraWrite["action"],
    kind: FleetKind,
    { metadata }: AnyObject,
    write: () => Promise<T>,
  ): Promise<T> {
    this.#check();
    const { onWrite, logger } = this.#surroundings;
    const { namespace = "", name } = metadata;
    const start = performance.now();
    const done = (error?: KubeError): void =>
      onWrite({ action, kind, namespace, name, durationMs: performance.now() - start, error });
    try {
      const result = await write();
      done();
      const fields = { fleet: this.#fleet, kind, namespace, name };
      logger.info(fields, action === "apply" ? "object applied" : "object deleted");
      return result;
    } catch (error) {
      done(error instanceof KubeError ? error : undefined);
      throw error;
    }
  }
}
