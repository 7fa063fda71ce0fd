import type { CollectionNode, Place } from "./node.ts";
import { ReadingNode } from "./reading-node.ts";
import type { Origin } from "./reads.ts";
import type { Recorder } from "./recorder.ts";
import type { ExpandOptions } from "./types.ts";

/** One input's wish to have a value under an output key. Wishes for the same key form a list sorted by input; the first is granted. */
interface Claim<U> {
  readonly input: string;
  value: U;
  next: Claim<U> | undefined;
}

/** Any number of outputs per input. */
export class ExpandNode<T, U> extends ReadingNode<U> {
  readonly kind = "expand";
  readonly from: readonly [CollectionNode<T>];
  readonly #map: ExpandOptions<T, U>["map"];
  /** First claim by output key. */
  readonly #claims = new Map<string, Claim<U>>();
  /** Output keys that an input claims. */
  readonly #claimed = new Map<string, readonly string[]>();

  constructor(place: Place, recorder: Recorder, from: CollectionNode<T>, options: ExpandOptions<T, U>) {
    super(place, recorder, options.equal);
    this.from = [from];
    this.#map = options.map;
  }

  get hasWork(): boolean {
    return this.isNew || this.from[0].emitted > 0 || this.readers.dirty.size > 0;
  }

  override get records(): number {
    return super.records + this.#claims.size + this.#claimed.size;
  }

  override get shadowed(): number {
    let shadowed = 0;
    for (let claim of this.#claims.values()) for (; claim.next; claim = claim.next) shadowed++;
    return shadowed;
  }

  protected update(): void {
    const [from] = this.from;
    const { dirty } = this.readers;
    // Outputs are emitted after all inputs: one may give up a key that another one takes. Where nothing was, all that comes is touched.
    const touched = this.#claims.size > 0 ? new Set<string>() : undefined;
    from.visitChanges(this.isNew, (key, value) => {
      dirty.delete(key);
      this.#compute(key, value, touched);
    });
    for (const key of dirty) this.#compute(key, from.get(key), touched);
    for (const key of touched ?? this.#claims.keys()) this.#grant(key);
  }

  #compute(input: string, value: T | undefined, touched: Set<string> | undefined): void {
    if (value === undefined) {
      this.forget(input);
      this.#replace(input, [], touched);
      return;
    }
    this.evaluate(
      input,
      // A generator reads as it is consumed, hence inside the computation.
      (ctx) => {
        const outputs = this.#map(value, input, ctx);
        return Array.isArray(outputs) ? (outputs as readonly (readonly [string, U])[]) : [...outputs];
      },
      (outputs) => this.#replace(input, outputs, touched),
    );
  }

  #replace(input: string, outputs: readonly (readonly [string, U])[], touched: Set<string> | undefined): void {
    for (const key of this.#claimed.get(input) ?? []) {
      this.#giveUp(key, input);
      touched?.add(key);
    }
    const keys: string[] = [];
    for (const [key, value] of outputs) {
      if (value === undefined || !this.#claim(key, input, value)) continue;
      keys.push(key);
      touched?.add(key);
    }
    if (keys.length > 0) this.#claimed.set(input, keys.slice());
    else this.#claimed.delete(input);
  }

  /** Files a claim in the order of inputs; false if this input has one already. */
  #claim(key: string, input: string, value: U): boolean {
    let before: Claim<U> | undefined;
    let after = this.#claims.get(key);
    while (after && after.input < input) {
      before = after;
      after = after.next;
    }
    if (after?.input === input) return false;
    const claim = { input, value, next: after };
    if (before) before.next = claim;
    else this.#claims.set(key, claim);
    return true;
  }

  #giveUp(key: string, input: string): void {
    let before: Claim<U> | undefined;
    let claim = this.#claims.get(key);
    while (claim && claim.input !== input) {
      before = claim;
      claim = claim.next;
    }
    if (!claim) return;
    if (before) before.next = claim.next;
    else if (claim.next) this.#claims.set(key, claim.next);
    else this.#claims.delete(key);
  }

  #grant(key: string): void {
    const claim = this.#claims.get(key);
    this.emit(key, claim?.value);
    // If an equal value was there before, it stayed; keeping the new one too would only hold memory.
    if (claim) claim.value = this.get(key) ?? claim.value;
  }

  *originsOf(key: string): Iterable<Origin> {
    const claim = this.#claims.get(key);
    if (!claim) return;
    yield { node: this.from[0], key: claim.input };
    yield* this.readOrigins(claim.input);
  }
}
