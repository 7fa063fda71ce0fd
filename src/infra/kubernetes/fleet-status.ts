import type { AnyObject } from "../../kube/client.ts";
import type { FleetProblem, FleetSpec, FleetStatus } from "../fleet.ts";
import { type ReachedAt, serviceAddresses } from "./addresses.ts";
import type { LiveObject } from "./live-objects.ts";
import { isAlias } from "./objects/alias-service.ts";
import { isRolledOut, isWorkload, replicasOf, workloadProblem } from "./replicas.ts";
import type { FleetScope } from "./scope.ts";

/** What a fleet's status follows from. */
export interface FleetView {
  readonly scope: FleetScope;
  /** Its objects that are there. */
  readonly members: readonly LiveObject[];
  readonly nodes: readonly AnyObject[];
  /** Whether it should be there. */
  readonly isWanted: boolean;
  /** What stood in the way last time. */
  readonly problems: readonly FleetProblem[];
}

/** How a fleet in a cluster does. */
export function fleetStatus(key: FleetSpec["key"], view: FleetView): FleetStatus {
  const { scope, members } = view;
  const workloads = members.filter(({ kind }) => isWorkload(kind));
  const pods = workloads.find(({ kind, object }) => isRolledOut(kind, object)) ?? workloads[0];
  const replicas = pods ? replicasOf(pods.kind, pods.object) : { desired: 0, available: 0 };
  const failure = workloadProblem(pods?.object);
  const { addresses, unusable } = reachedAt(view);
  return {
    key,
    name: scope.name,
    state: stateOf(view, replicas.available > 0),
    isAdopted: false,
    restarts: 0,
    replicas,
    addresses,
    ...(unusable.length > 0 && { unusableAddresses: unusable }),
    problems:
      failure === undefined
        ? view.problems
        : [...view.problems, { severity: "error", code: "api-server", message: failure }],
  };
}

/** While a Service replaces another one, the one that has addresses tells them; of both the one where the fleet lies now. */
function reachedAt({ scope, members, nodes }: FleetView): ReachedAt {
  const { owner, namespace } = scope;
  const services = members.filter(({ kind, object }) => kind === "Service" && !isAlias(object));
  const own = services.filter(({ object }) => object.metadata.namespace === namespace);
  const all = [...new Set([...own, ...services])].map(({ object }) => serviceAddresses(object, owner.addresses, nodes));
  return all.find(({ addresses }) => addresses.length > 0) ?? all[0] ?? { addresses: [], unusable: [] };
}

function stateOf({ isWanted, members, problems }: FleetView, isServing: boolean): FleetStatus["state"] {
  if (!isWanted) return members.length > 0 ? "stopping" : "stopped";
  if (isServing) return "serving";
  return problems.some(({ severity }) => severity === "error") ? "waiting" : "starting";
}
