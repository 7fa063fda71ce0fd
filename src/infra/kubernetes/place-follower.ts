import type { AnyObject, KubeClient } from "../../kube/client.ts";
import { Reflector } from "../../kube/reflector.ts";
import type { ReflectorSink } from "../../kube/reflector-sink.ts";
import type { InfraLogger } from "../fleet.ts";
import { type FollowedPlace, isCovered, labelSelectorOf } from "./followed-places.ts";
import { type LiveObjects, objectKeyOf } from "./live-objects.ts";
import { logMistake } from "./mistakes.ts";
import { fleetResources } from "./resources.ts";
import { logTrouble } from "./trouble.ts";

export interface PlaceFollowerOptions {
  readonly client: KubeClient;
  readonly logger: InfraLogger;
  /** What is heard goes there. */
  readonly live: LiveObjects;
  /** Told whose objects are others now. */
  readonly onChanged: (ownerships: readonly string[]) => void;
}

/** Follows fleets' objects of one kind in one place, from now on. */
export function followPlace(place: FollowedPlace, options: PlaceFollowerOptions): Reflector {
  const { client, logger } = options;
  const { kind, namespace } = place;
  const reflector = new Reflector({
    client,
    resource: fleetResources[kind],
    selection: { namespace, labelSelector: labelSelectorOf(place) },
    sink: sinkOf(place, options),
    onMistake: logMistake(kind, logger),
    onState: logTrouble(kind, logger),
  });
  reflector.start();
  return reflector;
}

function sinkOf(place: FollowedPlace, { live, onChanged }: PlaceFollowerOptions): ReflectorSink {
  const { kind } = place;
  const covers = (of: string | undefined): boolean => isCovered(place, of);
  const take = (object: AnyObject): void => {
    if (!covers(object.metadata.namespace)) return;
    const key = objectKeyOf(object);
    const former = live.get(kind, key);
    try {
      onChanged(live.put(kind, withoutManagedFields(object)));
    } catch (mistake) {
      // Whoever looks next at the fleet would fail on it as well.
      live.remove(kind, key);
      if (former) live.put(kind, former);
      throw mistake;
    }
  };
  return {
    listed: take,
    completed: (keys, version) => onChanged(live.keepOnly(kind, keys, version, covers)),
    changed: take,
    setBack: () => live.setBack(kind, covers),
    deleted: (object) => {
      if (!covers(object.metadata.namespace)) return;
      const ownership = live.remove(kind, objectKeyOf(object));
      onChanged(ownership === undefined ? [] : [ownership]);
    },
  };
}

/** Who wrote which field is of no use here, and large. */
function withoutManagedFields(object: AnyObject): AnyObject {
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}
