import { type Entry, sameContent } from "./entry.ts";
import type { Rejection } from "./rejection.ts";

/** A resource whose present content this Envoy has refused. */
export interface Quarantine {
  /** Version refused; empty when a removal was refused. */
  readonly version: string;
  readonly rejection: Rejection;
}

/**
 * What one Envoy has of one set of resources (a type, or one route table), kept as the difference from the store:
 * a view of 10,000 resources that are all sent costs nothing. Names the Envoy did not ask for have no place here.
 */
export class View {
  /** Of a route table: its name. */
  readonly table: string | undefined;
  readonly #stored: (name: string) => Entry | undefined;
  readonly #overrides = new Map<string, Entry | undefined>();
  readonly #beforeFlight = new Map<string, Entry | undefined>();
  readonly #forced = new Set<string>();
  /** Refused contents by name; they are not sent again. */
  readonly quarantined = new Map<string, Quarantine>();
  /** Of a route table: nothing of it has been sent on this stream, and what the Envoy has of it is not known. */
  isFresh = false;
  /** When a fresh table is sent even though some of its hosts must wait; set when the waiting begins. */
  sendBy: number | undefined;

  constructor(stored: (name: string) => Entry | undefined, table?: string) {
    this.#stored = stored;
    this.table = table;
  }

  /** Forms last sent, where they differ from the store's; `undefined` where the Envoy has nothing. */
  get overrides(): ReadonlyMap<string, Entry | undefined> {
    return this.#overrides;
  }

  /** Forms the Envoy had before the response that is now in flight, by name. */
  get beforeFlight(): ReadonlyMap<string, Entry | undefined> {
    return this.#beforeFlight;
  }

  stored(name: string): Entry | undefined {
    return this.#stored(name);
  }

  /** The form last sent. */
  sent(name: string): Entry | undefined {
    return this.#overrides.has(name) ? this.#overrides.get(name) : this.#stored(name);
  }

  /** The form last acknowledged. */
  acknowledged(name: string): Entry | undefined {
    return this.#beforeFlight.has(name) ? this.#beforeFlight.get(name) : this.sent(name);
  }

  /** Names that may have to be sent. */
  *pending(): Iterable<string> {
    yield* this.#overrides.keys();
    for (const name of this.#forced) if (!this.#overrides.has(name)) yield name;
  }

  isForced(name: string): boolean {
    return this.#forced.has(name);
  }

  /** States what the Envoy has, because it said so or because it has nothing yet. */
  assume(name: string, form: Entry | undefined): void {
    if (sameContent(form, this.#stored(name))) this.#overrides.delete(name);
    else this.#overrides.set(name, form);
  }

  /** Has the resource sent once more, changed or not. */
  force(name: string): void {
    this.#forced.add(name);
  }

  /** Drops everything known about a name the Envoy does not want any more. */
  forget(name: string): void {
    this.#overrides.delete(name);
    this.#beforeFlight.delete(name);
    this.#forced.delete(name);
    this.quarantined.delete(name);
  }

  /** The store went from `previous` to `current`; what was sent stays what it was. */
  changed(name: string, previous: Entry | undefined, current: Entry | undefined): void {
    const sent = this.#overrides.has(name) ? this.#overrides.get(name) : previous;
    if (sameContent(sent, current)) this.#overrides.delete(name);
    else this.#overrides.set(name, sent);
  }

  /**
   * Ends the refusals that the store has overtaken: the resource is gone from it, or is again what the Envoy has. Other
   * content ends a refusal only when it is accepted.
   */
  releaseSettled(): readonly Quarantine[] {
    const released: Quarantine[] = [];
    for (const [name, quarantine] of this.quarantined) {
      const stored = this.#stored(name);
      const isOvertaken = stored === undefined || !this.#overrides.has(name);
      if (!isOvertaken || quarantine.version === (stored?.version ?? "")) continue;
      this.quarantined.delete(name);
      released.push(quarantine);
    }
    return released;
  }

  /** `form` goes out now. */
  begin(name: string, form: Entry | undefined): void {
    this.#beforeFlight.set(name, this.sent(name));
    this.#forced.delete(name);
    this.assume(name, form);
  }

  /** What went out was taken. */
  accept(name: string): void {
    this.#beforeFlight.delete(name);
  }

  /** What went out was refused: the Envoy still has the form before it. */
  refuse(name: string): void {
    if (!this.#beforeFlight.has(name)) return;
    const before = this.#beforeFlight.get(name);
    this.#beforeFlight.delete(name);
    if (sameContent(before, this.sent(name))) this.#forced.add(name);
    this.assume(name, before);
  }
}
