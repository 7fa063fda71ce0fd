import type { Gateway } from "../../api/gateway-api/gateway.ts";
import { compareAge, keyOf, type ObjectKey } from "../../api/object.ts";
import type { Collection, Graph } from "../../engine/index.ts";
import { sameData } from "../equal.ts";
import { askedAddresses } from "./asked-addresses.ts";
import type { ManagedGateway } from "./gateways.ts";
import type { ProxySettings } from "./proxy-settings.ts";

/** The Envoys that serve one Gateway, or all Gateways of a class that merges them. Key: the Gateway's key, or the class's name. */
export interface Fleet {
  readonly key: string;
  readonly gateways: readonly ObjectKey[];
  readonly proxy: ProxySettings;
  readonly owner: FleetOwner;
  /** The EnvoyProxy that `proxy.telemetry` comes from. */
  readonly telemetryOwner?: ManagedGateway["telemetryOwner"];
}

type Metadata = Readonly<Record<string, string>>;

/** Whose Envoys they are, for what is made in a cluster to run them. */
export interface FleetOwner {
  readonly gatewayClass: { readonly name: string; readonly uid?: string };
  /** Absent where the Gateways of the class are merged. */
  readonly gateway?: { readonly namespace: string; readonly name: string; readonly uid?: string };
  /** `spec.infrastructure` of the Gateways, for whatever objects are made for the fleet; of keys that several have the oldest one's. */
  readonly labels: Metadata;
  readonly annotations: Metadata;
  /** IP addresses that are asked for. */
  readonly addresses: readonly string[];
}

/** Fleets of usable Gateways. */
export function createFleets(graph: Graph, gateways: Collection<ManagedGateway>): Collection<Fleet> {
  return graph.group({
    name: "fleets",
    from: gateways,
    by: (gateway) => (gateway.isUsable ? gateway.fleet : undefined),
    compare: (a, b) => compareAge(a.value.object, b.value.object),
    reduce: (members, key): Fleet | undefined => {
      const first = members[0]?.value;
      if (!first) return undefined;
      const { proxy, telemetryOwner, className, classUid } = first;
      return {
        key,
        gateways: members.map((member) => member.key),
        proxy,
        owner: ownerOf(
          { metadata: { name: className, uid: classUid } },
          members.map(({ value }) => value.object),
          key,
        ),
        ...(telemetryOwner ? { telemetryOwner } : {}),
      };
    },
    equal: sameData,
  });
}

/** Whose the fleet of this key is, given its Gateways, the oldest first. */
export function ownerOf(
  { metadata }: { readonly metadata: Identity },
  gateways: readonly Gateway[],
  key: string,
): FleetOwner {
  const [first] = gateways;
  const addresses = gateways.flatMap(({ spec }) => askedAddresses(spec).usable);
  const isOwn = first !== undefined && keyOf(first) === key;
  return {
    gatewayClass: identityOf(metadata),
    ...(isOwn ? { gateway: { namespace: first.metadata.namespace ?? "", ...identityOf(first.metadata) } } : {}),
    labels: together(gateways, "labels"),
    annotations: together(gateways, "annotations"),
    addresses: [...new Set(addresses)],
  };
}

function together(gateways: readonly Gateway[], field: "labels" | "annotations"): Metadata {
  const newestFirst = gateways.map(({ spec }) => spec.infrastructure?.[field] ?? {}).reverse();
  return Object.assign({}, ...newestFirst);
}

interface Identity {
  readonly name: string;
  readonly uid?: string | undefined;
}

function identityOf({ name, uid }: Identity): { readonly name: string; readonly uid?: string } {
  return { name, ...(uid ? { uid } : {}) };
}
