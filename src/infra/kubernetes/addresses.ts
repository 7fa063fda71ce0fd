import { isIP } from "node:net";
import type { AnyObject } from "../../kube/client.ts";
import type { FleetAddress } from "../fleet.ts";

/** A Service, as far as its addresses are concerned. */
interface ServiceView {
  readonly spec?: {
    readonly type?: string;
    readonly clusterIPs?: readonly string[];
    readonly clusterIP?: string;
    readonly externalIPs?: readonly string[];
    readonly ipFamilies?: readonly string[];
  };
  readonly status?: {
    readonly loadBalancer?: { readonly ingress?: readonly { readonly ip?: string; readonly hostname?: string }[] };
  };
}

/** A Node's addresses. */
interface NodeView {
  readonly status?: { readonly addresses?: readonly { readonly type: string; readonly address: string }[] };
}

/** Where a fleet is reached, and which of the addresses that were asked for are not among that. */
export interface ReachedAt {
  readonly addresses: readonly FleetAddress[];
  readonly unusable: readonly string[];
}

/**
 * Where the Service `object` is reached. Addresses that were `asked` for stand alone as soon as something leads to them: the load balancer
 * that took them up, a node that has them, or a load balancer that keeps to addresses of its own, beside which they are external IPs.
 */
export function serviceAddresses(object: AnyObject, asked: readonly string[], nodes: readonly AnyObject[]): ReachedAt {
  const { spec = {}, status } = object as unknown as ServiceView;
  if (spec.type === "ClusterIP") return clusterAddresses(spec, asked);
  const nodeAddresses = nodes.flatMap((node) => addressesOfNode(node));
  if (spec.type === "NodePort") {
    if (asked.length > 0) return { addresses: asked.map(toAddress), unusable: [] };
    return { addresses: ofFamilies(nodeAddresses, spec.ipFamilies).map(toAddress), unusable: [] };
  }
  const ingress = status?.loadBalancer?.ingress ?? [];
  const assigned = [
    ...ingress.flatMap(({ ip }) => (ip ? [toAddress(ip)] : [])),
    ...ingress.flatMap(({ hostname }) => (hostname ? [{ type: "Hostname", value: hostname } as const] : [])),
  ];
  if (asked.length === 0) {
    return { addresses: assigned.length > 0 ? assigned : (spec.externalIPs ?? []).map(toAddress), unusable: [] };
  }
  const reached = new Set([...assigned.map(({ value }) => value), ...nodeAddresses]);
  const usable = asked.filter((address) => reached.has(address));
  if (usable.length === 0 && assigned.length > 0) return { addresses: asked.map(toAddress), unusable: [] };
  return { addresses: usable.map(toAddress), unusable: asked.filter((address) => !reached.has(address)) };
}

function clusterAddresses(
  { clusterIPs, clusterIP }: NonNullable<ServiceView["spec"]>,
  asked: readonly string[],
): ReachedAt {
  const own = (clusterIPs ?? (clusterIP ? [clusterIP] : [])).filter((address) => address !== "None" && address !== "");
  return { addresses: own.map(toAddress), unusable: asked.filter((address) => !own.includes(address)) };
}

/** External addresses of a node where it has any, else internal ones. */
function addressesOfNode(node: AnyObject): string[] {
  const { addresses = [] } = (node as unknown as NodeView).status ?? {};
  const of = (type: string): string[] => addresses.flatMap((one) => (one.type === type ? [one.address] : []));
  const external = of("ExternalIP");
  return external.length > 0 ? external : of("InternalIP");
}

function ofFamilies(addresses: readonly string[], families: readonly string[] | undefined): string[] {
  if (!families?.length) return [...addresses];
  return addresses.filter((address) => families.includes(`IPv${isIP(address)}`));
}

function toAddress(value: string): FleetAddress {
  return { type: isIP(value) === 0 ? "Hostname" : "IPAddress", value };
}
