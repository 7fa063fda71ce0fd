import { keyOf } from "../../api/object.ts";
import type { Collection, Graph } from "../../engine/index.ts";
import { sameData } from "../equal.ts";
import type { ObjectCollections } from "../objects.ts";
import { type FleetOwner, ownerOf } from "./fleets.ts";
import type { ManagedClass } from "./gateway-classes.ts";
import type { ManagedGateway } from "./gateways.ts";

/** A fleet of which nobody can say at the moment how it should be: what runs of it goes on as it is, and nothing new is started. */
export interface HeldFleet {
  readonly key: string;
  readonly owner: FleetOwner;
  /** The Gateway is as good as not there for translation, since its class is ours but not accepted: what is told of it is not known either. */
  readonly isOfRefusedClass?: true;
}

/**
 * Fleets whose GatewayClass is ours but not accepted, or whose Gateway is not. Whether such a class merges its Gateways is not known, so
 * both the class's key and those of its Gateways are here.
 */
export function createHeldFleets(
  graph: Graph,
  objects: ObjectCollections,
  classes: Collection<ManagedClass>,
  gateways: Collection<ManagedGateway>,
): Collection<HeldFleet> {
  const ofClasses = graph.derive({
    name: "heldClasses",
    from: classes,
    map: (gatewayClass, key): HeldFleet | undefined =>
      isAccepted(gatewayClass) ? undefined : { key, owner: ownerOf(gatewayClass.object, [], key) },
    equal: sameData,
  });
  const ofTheirGateways = graph.derive({
    name: "heldGatewaysOfClasses",
    from: objects.of("Gateway"),
    map: (object, key, ctx): HeldFleet | undefined => {
      const gatewayClass = ctx.get(classes, object.spec.gatewayClassName);
      return !gatewayClass || isAccepted(gatewayClass)
        ? undefined
        : { key, owner: ownerOf(gatewayClass.object, [object], key), isOfRefusedClass: true };
    },
    equal: sameData,
  });
  const ofGateways = graph.derive({
    name: "heldGateways",
    from: gateways,
    map: ({ object, className, classUid, fleet, isOnHold }): HeldFleet | undefined => {
      if (!isOnHold || fleet !== keyOf(object)) return undefined;
      return { key: fleet, owner: ownerOf({ metadata: { name: className, uid: classUid } }, [object], fleet) };
    },
    equal: sameData,
  });
  return graph.union({ name: "heldFleets", from: [ofClasses, ofTheirGateways, ofGateways] });
}

const isAccepted = ({ condition }: ManagedClass): boolean => condition.status === "True";
