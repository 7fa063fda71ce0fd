import { type Entry, sameContent } from "./entry.ts";
import { routeTableFormat, type TableFormat } from "./table-format.ts";
import { type ContentHash, HashSum, hashOf } from "./version.ts";
import { Parts } from "./wire.ts";

/** Name under which a table's own fields stand among its virtual hosts; no virtual host can be called so. */
export const tableHead = "\u0000head";

const pieceCount = 128;

/** What an Envoy has instead of what the table holds, by name; `undefined` where it has nothing. */
export type Overrides = ReadonlyMap<string, Entry | undefined>;

interface Piece {
  readonly hosts: Map<string, Entry>;
  /** All hosts of the piece, as they stand in the message; `undefined` after a change. */
  joined: Uint8Array | undefined;
}

/**
 * One RouteConfiguration, kept as its own fields and its virtual hosts. The hosts are spread over pieces whose bytes
 * are joined once, so that after a change of one host among 10,000 only 1/128 of them is joined again. The order of
 * virtual hosts inside a table has no meaning to Envoy. The configuration of an extension, whose parts are joined into
 * one message, is kept in the same way.
 */
export class RouteTable {
  readonly #pieces: Piece[] = Array.from({ length: pieceCount }, () => ({ hosts: new Map(), joined: undefined }));
  readonly #sum = new HashSum();
  readonly #format: TableFormat;
  #head: Entry | undefined;
  #size = 0;

  /** @param format how head and members make one message; that of a RouteConfiguration unless another is given */
  constructor(format: TableFormat = routeTableFormat) {
    this.#format = format;
  }

  /** Number of virtual hosts. */
  get size(): number {
    return this.#size;
  }

  /** The head or a virtual host. */
  get(name: string): Entry | undefined {
    return name === tableHead ? this.#head : this.#pieceOf(name).hosts.get(name);
  }

  /** Replaces, adds or (with `undefined`) removes the head or a virtual host. */
  set(name: string, value: Entry | undefined): void {
    const former = this.get(name);
    if (sameContent(former, value) && value === undefined) return;
    if (former !== undefined) this.#sum.subtract(memberHash(name, former));
    if (value !== undefined) this.#sum.add(memberHash(name, value));
    if (name === tableHead) {
      this.#head = value;
      return;
    }
    const piece = this.#pieceOf(name);
    piece.joined = undefined;
    if (value === undefined) piece.hosts.delete(name);
    else piece.hosts.set(name, value);
    this.#size += (value === undefined ? 0 : 1) - (former === undefined ? 0 : 1);
  }

  /** Names of the head (if there is one) and of all virtual hosts. */
  *names(): Iterable<string> {
    if (this.#head !== undefined) yield tableHead;
    for (const piece of this.#pieces) yield* piece.hosts.keys();
  }

  /** All virtual hosts, in no particular order. */
  *hosts(): Iterable<Entry> {
    for (const piece of this.#pieces) yield* piece.hosts.values();
  }

  /** Version of the table as an Envoy has it; costs as much as there are overrides. */
  version(overrides: Overrides): string {
    if (overrides.size === 0) return this.#sum.version();
    const sum = new HashSum(this.#sum);
    for (const [name, override] of overrides) {
      const stored = this.get(name);
      if (stored !== undefined) sum.subtract(memberHash(name, stored));
      if (override !== undefined) sum.add(memberHash(name, override));
    }
    return sum.version();
  }

  /**
   * Finds the one virtual host whose absence explains this version of the table: an Envoy that comes back has it
   * without a host that was refused, or that is new since.
   */
  lackedBy(version: string): string | undefined {
    const had = hashOf(version);
    if (had === undefined) return undefined;
    const lacking = new HashSum(this.#sum).subtract(had).version();
    for (const piece of this.#pieces) {
      for (const host of piece.hosts.values()) if (host.version === lacking) return host.name;
    }
    return undefined;
  }

  /** The message in parts; only pieces with overrides are put together anew. */
  content(overrides: Overrides): Parts {
    const head = overrides.has(tableHead) ? overrides.get(tableHead) : this.#head;
    const parts = this.#format.begin(head);
    const overridden = new Set<Piece>();
    for (const name of overrides.keys()) if (name !== tableHead) overridden.add(this.#pieceOf(name));
    for (const piece of this.#pieces) {
      if (overridden.has(piece)) continue;
      if (piece.hosts.size === 0) continue;
      piece.joined ??= this.#join(piece.hosts.values());
      parts.raw(piece.joined);
    }
    for (const piece of overridden) {
      for (const host of piece.hosts.values()) if (!overrides.has(host.name)) this.#format.add(parts, host);
    }
    for (const [name, host] of overrides) if (host !== undefined && name !== tableHead) this.#format.add(parts, host);
    return this.#format.finish(head, parts);
  }

  #join(hosts: Iterable<Entry>): Uint8Array {
    const parts = new Parts();
    for (const host of hosts) this.#format.add(parts, host);
    return parts.join();
  }

  #pieceOf(name: string): Piece {
    let hash = 0;
    for (let index = 0; index < name.length; index++) hash = (hash * 31 + name.charCodeAt(index)) | 0;
    const piece = this.#pieces[(hash >>> 0) % pieceCount];
    if (piece === undefined) throw new Error("unreachable: the remainder is below the number of pieces");
    return piece;
  }
}

/** The head's lanes are turned by one, so that a head and a host with the same bytes do not count alike. */
function memberHash(name: string, entry: Entry): ContentHash {
  if (name !== tableHead) return entry.hash;
  const [first = 0, second = 0, third = 0, fourth = 0] = entry.hash;
  return [second, third, fourth, first];
}
