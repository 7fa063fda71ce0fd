import { hash } from "node:crypto";

/**
 * A 128-bit hash of a resource's bytes, in four lanes of 32 bits so that hashes can be added without big integers. A
 * plain array: each resource has one, and a typed array takes three times the memory.
 */
export type ContentHash = readonly number[];

const lanes = 4;

/** Hash of encoded content: the same content has the same hash in every process. */
export function contentHash(bytes: Uint8Array): ContentHash {
  const digest = hash("sha256", bytes, "buffer");
  return [digest.readUInt32LE(0), digest.readUInt32LE(4), digest.readUInt32LE(8), digest.readUInt32LE(12)];
}

/** The hash as the version string Envoy sees and returns on reconnect: 32 hexadecimal digits. */
export function versionOf(sum: Iterable<number>): string {
  let version = "";
  for (const lane of sum) version += lane.toString(16).padStart(8, "0");
  return version;
}

/** The hash a version string stands for; `undefined` when it is not one of ours. */
export function hashOf(version: string): ContentHash | undefined {
  if (!/^[0-9a-f]{32}$/.test(version)) return undefined;
  return Array.from({ length: lanes }, (_, lane) => Number.parseInt(version.slice(lane * 8, lane * 8 + 8), 16));
}

/**
 * Version of a set: the sum of its members' hashes. Members can be added and taken away one by one in any order,
 * so that one change among many costs one addition, and a restarted process arrives at the same version.
 */
export class HashSum {
  readonly #lanes: Uint32Array;

  constructor(start?: HashSum) {
    this.#lanes = start === undefined ? new Uint32Array(lanes) : start.#lanes.slice();
  }

  add(member: ContentHash): this {
    for (let lane = 0; lane < lanes; lane++) this.#lanes[lane] = (this.#lanes[lane] ?? 0) + (member[lane] ?? 0);
    return this;
  }

  subtract(member: ContentHash): this {
    for (let lane = 0; lane < lanes; lane++) this.#lanes[lane] = (this.#lanes[lane] ?? 0) - (member[lane] ?? 0);
    return this;
  }

  version(): string {
    return versionOf(this.#lanes);
  }
}
