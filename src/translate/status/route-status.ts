import type { Collection, Graph } from "../../engine/index.ts";
import { type Condition, isFalse, type ObjectStatus, observed, type ParentStatus } from "../conditions.ts";
import { sameData } from "../equal.ts";
import type { ParentResult } from "../routes/attachment.ts";
import type { RouteModel } from "../routes/model.ts";

/** Words of an Envoy that refused something made from an object. Key: `Kind namespace/name`. */
export interface EnvoyRejection {
  readonly message: string;
}

/** Statuses of routes of all kinds: one entry per parentRef that names one of our Gateways. */
export function createRouteStatuses(
  graph: Graph,
  routes: Collection<RouteModel>,
  rejections: Collection<EnvoyRejection>,
  controllerName: string,
): Collection<ObjectStatus> {
  return graph.derive({
    name: "routeStatuses",
    from: routes,
    map: (route, _key, ctx): ObjectStatus => {
      const rejection = ctx.get(rejections, `${route.kind} ${route.key}`);
      return {
        kind: route.kind,
        key: route.key,
        ...(route.uid ? { uid: route.uid } : {}),
        ...(route.generation === undefined ? {} : { generation: route.generation }),
        body: { parents: route.parents.map((parent) => parentStatus(route, parent, rejection, controllerName)) },
      };
    },
    equal: sameData,
  });
}

function parentStatus(
  route: RouteModel,
  parent: ParentResult,
  rejection: EnvoyRejection | undefined,
  controllerName: string,
): ParentStatus {
  const accepted = parent.accepted.status === "True" && route.rejection ? route.rejection : parent.accepted;
  const conditions: Condition[] = [accepted, ...route.conditions];
  if (rejection)
    conditions.push(
      isFalse(
        "Programmed",
        "Invalid",
        `Envoy refused the configuration and keeps its former one: ${rejection.message}`,
      ),
    );
  return { parentRef: parent.ref, controllerName, conditions: observed(conditions, route.generation) };
}
