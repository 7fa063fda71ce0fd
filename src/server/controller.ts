import { type FleetSpec, type FleetStatus, fleetName, type Infrastructure } from "../infra/fleet.ts";
import type { Source, SourceBatch } from "../sources/source.ts";
import type { HeldFleet } from "../translate/gateways/held-fleets.ts";
import type { FleetChange } from "../translate/resources.ts";
import type { FleetState } from "../translate/status/gateway-status.ts";
import type { PlannedFleet, Translation, TranslationChanges } from "../translate/translation.ts";
import type { Rejection } from "../xds/rejection.ts";
import type { XdsServer } from "../xds/server.ts";
import { removalsOf } from "./removals.ts";
import { WithheldChanges } from "./withheld-changes.ts";

/** What a controller is put together from; all are started and stopped by their owner. */
export interface ControllerParts {
  readonly source: Source;
  readonly translation: Translation;
  readonly xds: XdsServer;
  /** Absent: something else runs the Envoys. */
  readonly infrastructure?: Infrastructure | undefined;
  /** Addresses at which the Envoys can be reached, for the status of Gateways that ask for none. */
  readonly addresses: () => FleetState["addresses"];
  /** All IP addresses of the machine the Envoys run on; nothing where they run elsewhere. */
  readonly localAddresses: () => readonly string[] | undefined;
  /** Told after each commit, when its xDS is on the way: statuses, logs, metrics. */
  readonly onCommit: (commit: Commit) => void;
}

/** One commit as those see it who are told about it. */
export interface Commit {
  readonly changes: TranslationChanges;
  /** What the source handed over; absent when something else gave rise to the commit. */
  readonly batch: SourceBatch | undefined;
  /** When it began, on the clock of `performance.now()`. */
  readonly startedAt: number;
  /** Milliseconds from the objects to the resources. */
  readonly translationMs: number;
  /** The same, and all resources written to the streams that take them. */
  readonly durationMs: number;
}

/** Connects a source of objects with translation, xDS and infrastructure. */
export class Controller {
  readonly #parts: ControllerParts;
  readonly #stopWatching: () => void;
  /** What held fleets are not sent: their Envoys go on serving what they have. */
  readonly #withheld = new WithheldChanges();
  #translation: Translation;
  #isLoaded = false;

  constructor(parts: ControllerParts) {
    this.#parts = parts;
    this.#translation = parts.translation;
    this.#stopWatching = parts.infrastructure?.watch((status) => this.#fleetChanged(status)) ?? (() => undefined);
  }

  /** Whether the first load was handed to xDS and infrastructure. */
  get isLoaded(): boolean {
    return this.#isLoaded;
  }

  get translation(): Translation {
    return this.#translation;
  }

  /**
   * Loads everything and serves it. Resolves when the first configuration was handed to xDS and infrastructure.
   * The xDS server should listen already, holding its answers, so that Envoys that outlived an earlier control plane find it.
   */
  start(): Promise<void> {
    return this.#parts.source.start((batch) => this.#take(batch));
  }

  /** Stops following changes; what runs keeps running. */
  async stop(): Promise<void> {
    this.#stopWatching();
    await this.#parts.source.stop();
  }

  /** An Envoy refuses what was made from some objects: their statuses say so until it is accepted. */
  rejected(rejection: Rejection): void {
    for (const object of rejection.from) this.#translation.setRejection(object, { message: rejection.message });
    this.#commit(undefined);
  }

  /** A rejection no longer holds. */
  recovered(rejection: Rejection): void {
    for (const object of rejection.from) this.#translation.setRejection(object, undefined);
    this.#commit(undefined);
  }

  /**
   * Goes on with a translation of other settings: it gets all objects, and Envoys get what differs. Before the first load
   * it simply takes the place of the other.
   */
  replaceTranslation(next: Translation, kinds: readonly string[]): void {
    const former = this.#translation;
    for (const kind of kinds) {
      for (const [key, object] of former.objects.ofKind(kind).entries()) next.write(kind, key, object);
    }
    this.#translation = next;
    if (!this.#isLoaded) return;
    const { infrastructure } = this.#parts;
    const formerKeys = keysOf(former);
    this.#withheld.drop();
    const formerStatuses = [...former.statuses.entries()];
    const start = performance.now();
    const first = next.commit();
    const translated = performance.now();
    const xds = new Map<string, FleetChange>();
    for (const key of keysOf(next)) {
      xds.set(key, removalsOf(this.#parts.xds.resources(key), first.xds.get(key) ?? {}));
    }
    const changes = { ...first, xds };
    this.#serve(changes);
    this.#bring(formerKeys);
    for (const status of infrastructure?.statuses() ?? []) this.#setFleetState(status);
    const removed = formerStatuses.flatMap(([key, previous]) =>
      next.statuses.get(key) ? [] : [{ key, value: undefined, previous }],
    );
    const told = { ...changes, statuses: [...changes.statuses, ...removed] };
    this.#parts.onCommit({ changes: told, batch: undefined, ...timesOf(start, translated) });
    this.#commit(undefined);
  }

  #take(batch: SourceBatch): void {
    const { infrastructure, xds } = this.#parts;
    for (const { kind, key, object } of batch.changes) this.#translation.write(kind, key, object);
    if (this.#isLoaded) {
      this.#commit(batch);
      return;
    }
    const start = performance.now();
    const changes = this.#translation.commit();
    const translated = performance.now();
    this.#serveXds(changes);
    // Envoys of Gateways that went away while no control plane was there are stopped now, not before everything is known.
    const { heldFleets } = this.#translation;
    const held = [...heldFleets.entries()].map(([, fleet]) => specOfHeld(fleet));
    const fleets = [...this.#translation.fleets.entries()].flatMap(([key, fleet]) =>
      heldFleets.get(key) ? [] : [specOf(fleet)],
    );
    infrastructure?.reconcile(fleets.filter(hasPorts), [...held, ...fleets.filter((fleet) => !hasPorts(fleet))]);
    this.#isLoaded = true;
    xds.release();
    this.#parts.onCommit({ changes, batch, ...timesOf(start, translated) });
    for (const status of infrastructure?.statuses() ?? []) this.#fleetChanged(status);
  }

  #commit(batch: SourceBatch | undefined): void {
    const start = performance.now();
    const changes = this.#translation.commit();
    const translated = performance.now();
    this.#serve(changes);
    this.#parts.onCommit({ changes, batch, ...timesOf(start, translated) });
  }

  #serve(changes: TranslationChanges): void {
    this.#serveXds(changes);
    this.#bring(new Set([...changes.fleets, ...changes.heldFleets].map(({ key }) => key)));
  }

  /** A fleet that is no longer held gets in one step what it was not sent and what changed now, so that nothing in between is served. */
  #serveXds({ xds, heldFleets: changes }: TranslationChanges): void {
    const { fleets, heldFleets } = this.#translation;
    const released = new Set(changes.flatMap(({ key, value }) => (value ? [] : [key])));
    for (const key of new Set([...xds.keys(), ...released])) {
      const isHeld = heldFleets.get(key) !== undefined;
      const change = xds.get(key);
      if (change && (isHeld || released.has(key))) this.#withheld.add(key, change);
      if (isHeld || !fleets.get(key)) continue;
      const whole = released.has(key) ? this.#withheld.take(key) : change;
      if (whole) this.#parts.xds.update(key, whole);
    }
  }

  /** Has these fleets run as they should be now. */
  #bring(keys: Iterable<string>): void {
    const { fleets, heldFleets } = this.#translation;
    for (const key of keys) {
      if (heldFleets.get(key)) continue;
      const fleet = fleets.get(key);
      if (!fleet) this.#removeFleet(key);
      else if (fleet.ports.length > 0) this.#parts.infrastructure?.upsert(specOf(fleet));
    }
  }

  #removeFleet(key: string): void {
    this.#withheld.drop(key);
    this.#parts.infrastructure?.remove(key);
    this.#parts.xds.remove(key);
  }

  #fleetChanged(status: FleetStatus): void {
    if (!this.#isLoaded) return;
    this.#setFleetState(status);
    if (this.#isPlanned(status.key)) this.#commit(undefined);
  }

  #isPlanned(key: string): boolean {
    const { fleets, heldFleets } = this.#translation;
    return fleets.get(key) !== undefined || heldFleets.get(key) !== undefined;
  }

  /** Of fleets that are to go as well, until they are gone: a Gateway that comes back takes its Envoys over as they are. */
  #setFleetState(status: FleetStatus): void {
    if (status.state === "stopped" && !this.#isPlanned(status.key)) {
      this.#translation.setFleetState(status.key, undefined);
      return;
    }
    const { problems } = status;
    const problem = (problems.find(({ severity }) => severity === "error") ?? problems[0])?.message;
    this.#translation.setFleetState(status.key, {
      addresses: status.addresses ?? this.#parts.addresses(),
      localAddresses: this.#parts.localAddresses(),
      unusableAddresses: status.unusableAddresses,
      desired: status.replicas.desired,
      available: status.replicas.available,
      ...(problem ? { problem } : {}),
    });
  }
}

/** Times of a commit that began at `start` and is over now. */
function timesOf(start: number, translated: number): Pick<Commit, "startedAt" | "translationMs" | "durationMs"> {
  return { startedAt: start, translationMs: translated - start, durationMs: performance.now() - start };
}

/** Keys of all fleets, held ones among them. */
function keysOf({ fleets, heldFleets }: Translation): ReadonlySet<string> {
  return new Set([...fleets.entries(), ...heldFleets.entries()].map(([key]) => key));
}

const hasPorts = (spec: FleetSpec): boolean => spec.ports.length > 0;

/** What the infrastructure has to know about a fleet. */
export function specOf(fleet: PlannedFleet): FleetSpec {
  return {
    key: fleet.key,
    name: fleetName(fleet.key),
    envoyProxy: fleet.proxy,
    ports: fleet.ports,
    statsSinks: fleet.statsSinks,
    owner: fleet.owner,
  };
}

/** What can be said of a fleet whose settings are not known: whose it is. */
function specOfHeld({ key, owner }: HeldFleet): FleetSpec {
  return { key, name: fleetName(key), ports: [], owner };
}
