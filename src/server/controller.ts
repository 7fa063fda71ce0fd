import type { FleetSpec, FleetStatus, Infrastructure } from "../infra/fleet.ts";
import { fleetName } from "../infra/fleet.ts";
import type { Source, SourceBatch } from "../sources/source.ts";
import type { FleetState } from "../translate/status/gateway-status.ts";
import type { PlannedFleet, Translation, TranslationChanges } from "../translate/translation.ts";
import type { Rejection } from "../xds/resources.ts";
import type { XdsServer } from "../xds/server.ts";

/** What a controller is put together from; all are started and stopped by their owner. */
export interface ControllerParts {
  readonly source: Source;
  readonly translation: Translation;
  readonly xds: XdsServer;
  /** Absent: something else runs the Envoys. */
  readonly infrastructure?: Infrastructure;
  /** Addresses at which the Envoys of a fleet can be reached, for the Gateways' status. */
  readonly addressesOf: (fleet: PlannedFleet) => FleetState["addresses"];
  /** Told after each commit, when its xDS is on the way: statuses, logs, metrics. */
  readonly onCommit: (changes: TranslationChanges, batch: SourceBatch | undefined) => void;
}

/** Connects a source of objects with translation, xDS and infrastructure. */
export class Controller {
  readonly #parts: ControllerParts;
  readonly #stopWatching: () => void;

  constructor(parts: ControllerParts) {
    this.#parts = parts;
    this.#stopWatching = parts.infrastructure?.watch((status) => this.#fleetChanged(status)) ?? (() => undefined);
  }

  /**
   * Loads everything and serves it. Resolves when the first configuration was handed to xDS and infrastructure.
   * The xDS server should listen already, holding its answers, so that Envoys that outlived an earlier control plane find it.
   */
  async start(): Promise<void> {
    let isLoaded = false;
    await this.#parts.source.start((batch) => {
      this.#take(batch, isLoaded);
      isLoaded = true;
    });
  }

  /** Stops following changes; what runs keeps running. */
  async stop(): Promise<void> {
    this.#stopWatching();
    await this.#parts.source.stop();
  }

  /** An Envoy refuses what was made from some objects: their statuses say so until it is accepted. */
  rejected(rejection: Rejection): void {
    for (const object of rejection.from) this.#parts.translation.setRejection(object, { message: rejection.message });
    this.#commit(undefined);
  }

  /** A rejection no longer holds. */
  recovered(rejection: Rejection): void {
    for (const object of rejection.from) this.#parts.translation.setRejection(object, undefined);
    this.#commit(undefined);
  }

  #take(batch: SourceBatch, isLoaded: boolean): void {
    const { translation, infrastructure, xds } = this.#parts;
    for (const { kind, key, object } of batch.changes) translation.write(kind, key, object);
    this.#commit(batch, !isLoaded);
    if (isLoaded) return;
    // Envoys of Gateways that went away while no control plane was there are stopped now, not before everything is known.
    infrastructure?.reconcile([...translation.fleets.entries()].map(([, fleet]) => specOf(fleet)).filter(hasPorts));
    xds.release();
  }

  #commit(batch: SourceBatch | undefined, isFirst = false): void {
    const { translation, xds, infrastructure, onCommit } = this.#parts;
    const changes = translation.commit();
    for (const [fleet, change] of changes.xds) if (translation.fleets.get(fleet)) xds.update(fleet, change);
    for (const { key, value } of changes.fleets) {
      if (!value) {
        infrastructure?.remove(key);
        xds.remove(key);
        translation.setFleetState(key, undefined);
      } else if (infrastructure && !isFirst && value.ports.length > 0) {
        infrastructure.upsert(specOf(value));
      }
    }
    onCommit(changes, batch);
  }

  #fleetChanged(status: FleetStatus): void {
    const { translation, addressesOf } = this.#parts;
    const fleet = translation.fleets.get(status.key);
    if (!fleet) return;
    const problem = status.problems[0]?.message;
    translation.setFleetState(status.key, {
      addresses: addressesOf(fleet),
      desired: status.replicas.desired,
      available: status.replicas.available,
      ...(problem ? { problem } : {}),
    });
    this.#commit(undefined);
  }
}

const hasPorts = (spec: FleetSpec): boolean => spec.ports.length > 0;

function specOf(fleet: PlannedFleet): FleetSpec {
  return {
    key: fleet.key,
    name: fleetName(fleet.key),
    envoyProxy: fleet.proxy,
    ports: fleet.ports.map(({ name, port }) => ({ name, port, transport: "TCP" as const })),
  };
}
