import type { Collection, Context, Graph } from "../../../engine/index.ts";
import { sameData } from "../../equal.ts";
import { coveringHostnames, type Hostname } from "../../listeners/hostnames.ts";
import type { ListenerModel } from "../../listeners/model.ts";
import { type StreamClaim, type StreamRouteModel, streamPlace } from "./model.ts";

/** Which claims are served, and who owns the server names of a port. */
export interface ServedClaims {
  /** By place, see {@link streamPlace}. */
  readonly claims: Collection<StreamClaim>;
  /** Key of the listener that a server name of a port belongs to: the most precise one that covers it. */
  owner(ctx: Context, port: string, serverName: Hostname): string | undefined;
}

/** Adds to the graph which of the claims to a place is served. `listeners`: those that are served. */
export function createServedClaims(
  graph: Graph,
  listeners: Collection<ListenerModel>,
  streamRoutes: Collection<StreamRouteModel>,
): ServedClaims {
  const byServerName = graph.index({
    name: "listenersByServerName",
    from: listeners,
    // Plain HTTP knows no server names.
    keys: (listener) => (listener.listener.protocol === "HTTP" ? [] : [streamPlace(listener, listener.hostname)]),
  });
  const owner: ServedClaims["owner"] = (ctx, port, serverName) => {
    for (const hostname of coveringHostnames(serverName)) {
      const [first] = ctx.lookup(byServerName, `${port}|${hostname}`);
      if (first) return first.key;
    }
    return undefined;
  };
  const claims = graph.group({
    name: "servedClaims",
    from: streamRoutes,
    by: (route) => route.claims.map(({ place }) => place),
    reduce: (members, place, ctx) => {
      const here = members.flatMap(({ value }) => value.claims.filter((claim) => claim.place === place));
      return firstOf(here, (port, serverName) => owner(ctx, port, serverName));
    },
    equal: sameData,
  });
  return { claims, owner };
}

/** A name belongs to the most precise listener of its port, even if no route there wants it. */
function firstOf(
  claims: readonly StreamClaim[],
  ownerOf: (port: string, serverName: Hostname) => string | undefined,
): StreamClaim | undefined {
  const [any] = claims;
  const owner = any && ownerOf(any.port, any.serverName);
  const [first] = claims
    .filter(({ listener }) => listener === owner)
    .sort((a, b) => (a.precedence < b.precedence ? -1 : 1));
  return first;
}
