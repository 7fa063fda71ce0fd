/** Counts of configuration updates, from Envoy's statistics. */

/** Kinds: clusters, endpoints, listeners, route tables. */
const kinds = {
  cds: /^cluster_manager\.cds\./,
  eds: /^cluster\./,
  lds: /^listener_manager\.lds\./,
  rds: /^http\..*\.rds\./,
} as const;

/** Updates that Envoy took or refused, by kind: `cds`, `eds`, `lds`, `rds`, and `rejected`. Kinds without any are absent. */
export type Updates = Readonly<Record<string, number>>;

const filter =
  "^(cluster_manager\\.cds|listener_manager\\.lds|http\\..*\\.rds\\..*|cluster\\..*)\\.update_(success|rejected)$";

/** Path on Envoy's admin port that answers what {@link parseUpdates} reads. */
export const updatesPath: string = `/stats?filter=${encodeURIComponent(filter)}`;

/** Reads lines like `cluster_manager.cds.update_success: 3`. */
export function parseUpdates(text: string): Updates {
  const counts: Record<string, number> = {};
  for (const line of text.split("\n")) {
    const [, name = "", value = ""] = /^(\S+)\.update_(?:success|rejected): (\d+)$/.exec(line) ?? [];
    const kind = Object.entries(kinds).find(([, pattern]) => pattern.test(`${name}.`))?.[0];
    if (kind === undefined || value === "0") continue;
    const key = line.includes(".update_rejected") ? "rejected" : kind;
    counts[key] = (counts[key] ?? 0) + Number(value);
  }
  return counts;
}

/** Updates between two counts. Counters of clusters that are gone are lost; less than before counts as none. */
export function updatesBetween(before: Updates, after: Updates): Updates {
  const entries = Object.entries(after).map(([kind, count]) => [kind, count - (before[kind] ?? 0)] as const);
  return Object.fromEntries(entries.filter(([, count]) => count > 0));
}
