import type { Origin, Traceable } from "./reads.ts";
import type { SourceEntry } from "./types.ts";

/**
 * Source entries that an entry derives from, through all stages, sorted by collection and key. Entries that were looked for and are
 * absent belong to it: their arrival would change the result.
 */
export function traceToSources(node: Traceable, key: string): SourceEntry[] {
  const seen = new Map<Traceable, Set<string>>();
  const found: SourceEntry[] = [];
  const waiting: Origin[] = [{ node, key }];
  for (let origin = waiting.pop(); origin; origin = waiting.pop()) {
    let keys = seen.get(origin.node);
    if (!keys) {
      keys = new Set();
      seen.set(origin.node, keys);
    }
    if (keys.has(origin.key)) continue;
    keys.add(origin.key);
    if (origin.node.isSource)
      found.push({ collection: origin.node.name, key: origin.key, present: origin.node.has(origin.key) });
    for (const input of origin.node.originsOf(origin.key)) waiting.push(input);
  }
  return found.sort((a, b) => compare(a.collection, b.collection) || compare(a.key, b.key));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
