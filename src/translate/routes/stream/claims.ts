import { keyOf } from "../../../api/object.ts";
import type { Hostname } from "../../listeners/hostnames.ts";
import type { RouteListener } from "../../listeners/route-listeners.ts";
import type { AttachableRoute, ParentResult } from "../attachment.ts";
import { hostPrecedence } from "../host-precedence.ts";
import { type StreamClaim, type StreamTarget, streamPlace, streamPort } from "./model.ts";

/** Claims of a route on the listeners it is attached to. `targetsOn`: where a listener's connections are to go. */
export function claimsOf(
  route: AttachableRoute,
  parents: readonly ParentResult[],
  targetsOn: (listener: RouteListener) => readonly StreamTarget[],
): StreamClaim[] {
  const claims = new Map<string, StreamClaim>();
  for (const { listener, hostnames, isServed } of parents.flatMap((parent) => parent.attachments)) {
    if (!isServed) continue;
    const targets = targetsOn(listener);
    for (const serverName of hostnames) {
      // Two parentRefs may lead to one listener.
      claims.set(`${listener.key}|${serverName}`, {
        port: streamPort(listener),
        place: streamPlace(listener, serverName),
        serverName,
        listener: listener.key,
        precedence: precedenceOf(route, listener.hostname, serverName),
        route: `${route.kind.toLowerCase()}/${keyOf(route)}`,
        targets,
        from: `${route.kind} ${keyOf(route)}`,
      });
    }
  }
  return [...claims.values()];
}

/**
 * Order of the routes that want the same server name: the one that names it most precisely by itself (whatever the listener narrows it
 * to), then the oldest, then by name.
 */
function precedenceOf(route: AttachableRoute, listener: Hostname, serverName: Hostname): string {
  const { creationTimestamp = "", namespace = "", name } = route.metadata;
  return [hostPrecedence(route.spec.hostnames, listener, serverName), creationTimestamp, namespace, name].join("|");
}
