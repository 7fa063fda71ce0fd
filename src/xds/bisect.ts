/** A member of a refused group, as far as a message may speak of it. */
export interface Suspect {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/**
 * Splits what was refused together into two groups to be tried one after the other. Envoy seldom names the resource,
 * but often something in it (a domain, a field's value): the members with the message's rarest word go into the
 * second group, so that the others are served first. Without such a word the group is halved.
 *
 * @param members at least two
 */
export function split<T>(members: readonly T[], message: string, describe: (member: T) => Suspect): [T[], T[]] {
  const named = rarest(members.map(describe), message);
  if (named === undefined) {
    const middle = members.length >> 1;
    return [members.slice(0, middle), members.slice(middle)];
  }
  const groups: [T[], T[]] = [[], []];
  for (const [index, member] of members.entries()) groups[named.has(index) ? 1 : 0].push(member);
  return groups;
}

const shortestWord = 4;
/** A message may quote a whole resource. */
const mostWords = 200;

/** Places of the members that contain the word which the fewest contain; only a word that tells few apart helps. */
function rarest(suspects: readonly Suspect[], message: string): ReadonlySet<number> | undefined {
  const most = Math.max(1, suspects.length >> 3);
  let best: ReadonlySet<number> | undefined;
  for (const word of new Set(message.split(/[\s,;:'"()[\]{}]+/, mostWords))) {
    const trimmed = word.replace(/\.$/, "");
    if (trimmed.length < shortestWord && suspects.every((suspect) => suspect.name !== trimmed)) continue;
    const found = placesOf(suspects, trimmed, Math.min(most, best === undefined ? most : best.size - 1));
    if (found !== undefined) best = found;
  }
  return best;
}

function placesOf(suspects: readonly Suspect[], word: string, most: number): ReadonlySet<number> | undefined {
  const found = new Set<number>();
  for (const [index, { name, bytes }] of suspects.entries()) {
    if (name !== word && !asBuffer(bytes).includes(word)) continue;
    if (found.size === most) return undefined;
    found.add(index);
  }
  return found.size === 0 ? undefined : found;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
