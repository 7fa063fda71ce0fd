import type { Collection, Graph } from "../../engine/index.ts";
import { sameData } from "../equal.ts";
import type { HostContribution } from "./model.ts";

/** Routes with a match in common, on one host of one listener. */
export interface RouteOverlap {
  /** Key of the listener. */
  readonly listener: string;
  /** Two or more, as `Kind namespace/name`, sorted. */
  readonly routes: readonly string[];
}

/** What one route has in common with others, by listener. */
export interface OverlapsOfRoute {
  readonly byListener: ReadonlyMap<string, readonly string[]>;
}

/**
 * Routes that match the very same requests on a host, so that the oldest takes them all. Told by the encoded matches, which are the
 * bytes that Envoy gets; entries of one route may repeat each other.
 */
export function overlapsOf(contributions: readonly HostContribution[]): readonly RouteOverlap[] {
  if (contributions.length < 2 || !repeatsPaths(contributions)) return none;
  const byPath = new Map<string, Claim | Claim[]>();
  for (const { from, listener, entries } of contributions) {
    const [route] = from;
    if (route === undefined) continue;
    for (const { path, bytes } of entries) {
      const claim = { route, listener, bytes };
      const known = byPath.get(path.value);
      if (known === undefined) byPath.set(path.value, claim);
      else if (Array.isArray(known)) known.push(claim);
      else byPath.set(path.value, [known, claim]);
    }
  }
  const found = new Map<string, RouteOverlap>();
  for (const claims of byPath.values()) {
    if (!Array.isArray(claims) || isOfOneRoute(claims)) continue;
    for (const overlap of sameMatches(claims)) found.set(overlap.routes.join("\0"), overlap);
  }
  return found.size === 0 ? none : [...found.values()];
}

/** Adds to the graph what routes have in common. Key: `<kind>/<namespace>/<name>`; routes that overlap no other are left out. */
export function createOverlaps(
  graph: Graph,
  virtualHosts: Collection<{ readonly overlaps: readonly RouteOverlap[] }>,
): Collection<OverlapsOfRoute> {
  return graph.group({
    name: "overlapsByRoute",
    from: virtualHosts,
    by: ({ overlaps }) => [...new Set(overlaps.flatMap(({ routes }) => routes.map(keyOfRoute)))],
    reduce: (members, key): OverlapsOfRoute => {
      const byListener = new Map<string, Set<string>>();
      for (const { listener, routes } of members.flatMap(({ value }) => value.overlaps)) {
        if (!routes.some((route) => keyOfRoute(route) === key)) continue;
        const others = byListener.get(listener) ?? new Set();
        for (const route of routes) if (keyOfRoute(route) !== key) others.add(route);
        byListener.set(listener, others);
      }
      return { byListener: new Map([...byListener].map(([listener, others]) => [listener, [...others].sort()])) };
    },
    equal: sameData,
  });
}

interface Claim {
  readonly route: string;
  readonly listener: string;
  readonly bytes: Uint8Array;
}

const none: readonly never[] = [];

const keyOfRoute = (route: string): string => route.replace(" ", "/");

/** Whether any path comes twice: a host of thousands of routes, none of which overlap, is looked at with every change. */
function repeatsPaths(contributions: readonly HostContribution[]): boolean {
  const paths = new Set<string>();
  let entries = 0;
  for (const contribution of contributions) {
    entries += contribution.entries.length;
    for (const { path } of contribution.entries) paths.add(path.value);
  }
  return paths.size < entries;
}

function isOfOneRoute([first, ...others]: readonly Claim[]): boolean {
  return others.every(({ route }) => route === first?.route);
}

function sameMatches(claims: readonly Claim[]): RouteOverlap[] {
  const byMatch = Map.groupBy(claims, ({ bytes }) => Buffer.from(encodedMatch(bytes)).toString("latin1"));
  return [...byMatch.values()].flatMap((same) => {
    const routes = [...new Set(same.map(({ route }) => route))].sort();
    return routes.length > 1 ? [{ listener: same[0]?.listener ?? "", routes }] : [];
  });
}

/** The first field of an encoded route, `match`, with its tag and length. */
function encodedMatch(route: Uint8Array): Uint8Array {
  let length = 0;
  let at = 1;
  for (let shift = 0; ; shift += 7) {
    const byte = route[at++] ?? 0;
    length |= (byte & 127) << shift;
    if (byte < 128) break;
  }
  return route.subarray(0, at + length);
}
