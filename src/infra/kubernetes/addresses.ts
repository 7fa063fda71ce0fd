import { isIP } from "node:net";
import type { AnyObject } from "../../kube/client.ts";
import { canonical } from "../../translate/gateways/asked-addresses.ts";
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
  if (spec.type === "NodePort") {
    if (asked.length > 0) return { addresses: asked.map(toAddress), unusable: [] };
    const all = [...nodes].sort(byName).flatMap(addressesOfNode);
    return { addresses: ofFamilies(all, spec.ipFamilies).map(toAddress), unusable: [] };
  }
  const ingress = status?.loadBalancer?.ingress ?? [];
  const assigned = [
    ...ingress.flatMap(({ ip }) => (ip ? [toAddress(ip)] : [])),
    ...ingress.flatMap(({ hostname }) => (hostname ? [{ type: "Hostname", value: hostname } as const] : [])),
  ];
  if (asked.length === 0) {
    return { addresses: assigned.length > 0 ? assigned : (spec.externalIPs ?? []).map(toAddress), unusable: [] };
  }
  const { usable, unusable } = partitioned(asked, [
    ...assigned.map(({ value }) => value),
    ...nodes.flatMap(addressesOfNode),
  ]);
  if (usable.length === 0 && assigned.length > 0) return { addresses: asked.map(toAddress), unusable: [] };
  return { addresses: usable.map(toAddress), unusable };
}

/** Addresses that were asked for, by whether they are among `reached`, however either is written. */
function partitioned(asked: readonly string[], reached: readonly string[]): Record<"usable" | "unusable", string[]> {
  const known = new Set(reached.map(canonical));
  const isReached = (address: string): boolean => known.has(canonical(address));
  return { usable: asked.filter(isReached), unusable: asked.filter((address) => !isReached(address)) };
}

/** Nodes come in any order, and a Gateway's status holds only so many addresses: every control plane has to tell the same ones. */
function byName(a: AnyObject, b: AnyObject): number {
  return a.metadata.name < b.metadata.name ? -1 : 1;
}

function clusterAddresses(
  { clusterIPs, clusterIP }: NonNullable<ServiceView["spec"]>,
  asked: readonly string[],
): ReachedAt {
  const own = (clusterIPs ?? (clusterIP ? [clusterIP] : [])).filter((address) => address !== "None" && address !== "");
  return { addresses: own.map(toAddress), unusable: partitioned(asked, own).unusable };
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
