import { compareText } from "../api/object.ts";

/** Place of an HTTP filter among the others, by their names. Filters that are in no chain may be named as well. */
export interface HttpFilterPlacement {
  readonly name: string;
  /** Filters that a request passes before this one. */
  readonly after?: readonly string[];
  /** Filters that a request passes after this one. */
  readonly before?: readonly string[];
}

/** The places given admit no order, or more than one. It is a mistake of the program, found by the test of the filter chain. */
export class FilterOrderError extends Error {
  override readonly name = "FilterOrderError";
}

/**
 * Names of the filters in the order in which requests pass them. The order must follow from `after` and `before` alone: neighbours
 * without a relation are an error, since a chain that depends on chance would drain its connections with an update.
 */
export function orderHttpFilters(placements: readonly HttpFilterPlacement[]): string[] {
  const known = new Set(placements.map((placement) => placement.name));
  const predecessors = new Map<string, Set<string>>([...known].map((name) => [name, new Set<string>()]));
  for (const { name, after = [], before = [] } of placements) {
    for (const other of after) if (known.has(other)) predecessors.get(name)?.add(other);
    for (const other of before) predecessors.get(other)?.add(name);
  }
  const ordered: string[] = [];
  while (ordered.length < known.size) {
    const free = [...known].filter((name) => isFree(name, predecessors, ordered)).sort(compareText);
    const [next, ...others] = free;
    if (next === undefined) {
      const rest = [...known].filter((name) => !ordered.includes(name)).sort(compareText);
      throw new FilterOrderError(`HTTP filters must each pass before the other: ${rest.join(", ")}`);
    }
    if (others.length > 0) throw new FilterOrderError(`no order is given between HTTP filters ${free.join(", ")}`);
    ordered.push(next);
  }
  return ordered;
}

function isFree(
  name: string,
  predecessors: ReadonlyMap<string, ReadonlySet<string>>,
  ordered: readonly string[],
): boolean {
  return !ordered.includes(name) && [...(predecessors.get(name) ?? [])].every((other) => ordered.includes(other));
}

/** Filters that HTTPRoutes and GRPCRoutes configure themselves, whatever policies there are. */
export const routeFilterPlacements: readonly HttpFilterPlacement[] = [
  { name: "envoy.filters.http.cors" },
  { name: "envoy.filters.http.ext_authz", after: ["envoy.filters.http.cors"] },
  {
    name: "envoy.filters.http.stateful_session",
    after: ["envoy.filters.http.ext_authz", "envoy.filters.http.jwt_authn"],
  },
  { name: "envoy.filters.http.grpc_web", after: ["envoy.filters.http.stateful_session"] },
  { name: "envoy.filters.http.grpc_stats", after: ["envoy.filters.http.grpc_web"] },
  { name: "envoy.filters.http.rbac.dfp_loopback_deny", after: ["envoy.filters.http.grpc_stats"] },
];
