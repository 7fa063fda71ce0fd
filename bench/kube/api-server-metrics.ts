/** Writes that an API server has taken, from its metrics. */

/** Counts by verb and resource, e.g. `PATCH httproutes/status`. */
export type Writes = Readonly<Record<string, number>>;

const writeVerbs: ReadonlySet<string> = new Set(["POST", "PUT", "PATCH", "APPLY", "DELETE", "DELETECOLLECTION"]);
/** Written all the time by whoever shows that it lives; requests that ask and change nothing though they are POSTs. */
const uncounted: ReadonlySet<string> = new Set([
  "leases",
  "nodes",
  "tokenreviews",
  "subjectaccessreviews",
  "selfsubjectaccessreviews",
]);

/** Reads `apiserver_request_total`. */
export function parseWrites(metrics: string): Writes {
  const counts: Record<string, number> = {};
  for (const [, labels = "", value] of metrics.matchAll(/^apiserver_request_total\{(.*)\} (\S+)$/gm)) {
    const label = (name: string): string => new RegExp(`(?:^|,)${name}="([^"]*)"`).exec(labels)?.[1] ?? "";
    const resource = label("resource");
    if (!writeVerbs.has(label("verb")) || uncounted.has(resource)) continue;
    const what = [resource, label("subresource")].filter((part) => part !== "").join("/");
    const key = `${label("verb")} ${what}`;
    counts[key] = (counts[key] ?? 0) + Number(value);
  }
  return counts;
}

/** What came between two counts. */
export function writesBetween(before: Writes, after: Writes): Writes {
  const entries = Object.entries(after).map(([what, count]) => [what, count - (before[what] ?? 0)] as const);
  return Object.fromEntries(entries.filter(([, count]) => count > 0));
}
