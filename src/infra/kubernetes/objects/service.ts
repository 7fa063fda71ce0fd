import { isIP } from "node:net";
import type { AnyObject } from "../../../kube/client.ts";
import { bindPort } from "../../../translate/listeners/bind-port.ts";
import type { FleetSpec } from "../../fleet.ts";
import { type FleetScope, metadataOf } from "../scope.ts";

interface ServicePort {
  readonly name: string;
  readonly protocol: "TCP" | "UDP";
  readonly port: number;
  readonly targetPort: number;
}

/** The Service in front of a fleet: the only one of its objects that knows the listeners' ports. */
export function service(scope: FleetScope): AnyObject {
  const { fleet, selector, owner } = scope;
  const settings = fleet.envoyProxy?.provider?.kubernetes?.envoyService;
  const type = settings?.type ?? "LoadBalancer";
  const { labels, annotations, name } = settings ?? {};
  return {
    metadata: metadataOf(scope, { name, labels, annotations }),
    spec: {
      type,
      selector,
      ports: servicePorts(fleet),
      sessionAffinity: "None",
      // Of type ClusterIP there is no outside, and the API server refuses the field.
      ...(type !== "ClusterIP" && { externalTrafficPolicy: settings?.externalTrafficPolicy ?? "Local" }),
      ...(type === "LoadBalancer" && loadBalancerFields(scope)),
      ...ipFamilies(fleet.envoyProxy?.ipFamily),
      ...askedAddresses(type, owner.addresses),
    },
  };
}

function servicePorts({ ports, envoyProxy }: FleetSpec): ServicePort[] {
  const proxy = envoyProxy?.provider ? { provider: envoyProxy.provider as never } : {};
  const named = ports.map(
    ({ port, transport, protocol }): ServicePort => ({
      name: `${(protocol ?? transport).toLowerCase()}-${port}`,
      protocol: transport,
      port,
      targetPort: bindPort(port, proxy, { shiftPrivilegedPorts: true }),
    }),
  );
  return named.sort((a, b) => a.port - b.port || a.protocol.localeCompare(b.protocol));
}

function loadBalancerFields({ fleet, owner }: FleetScope): object {
  const settings = fleet.envoyProxy?.provider?.kubernetes?.envoyService;
  const { loadBalancerClass, allocateLoadBalancerNodePorts, loadBalancerSourceRanges } = settings ?? {};
  // A load balancer is asked for the first address; further ones reach the Service as externalIPs alone.
  const loadBalancerIP = settings?.loadBalancerIP ?? owner.addresses[0];
  return {
    ...(loadBalancerClass !== undefined && { loadBalancerClass }),
    ...(allocateLoadBalancerNodePorts !== undefined && { allocateLoadBalancerNodePorts }),
    ...(loadBalancerSourceRanges !== undefined && { loadBalancerSourceRanges }),
    ...(loadBalancerIP !== undefined && { loadBalancerIP }),
  };
}

function ipFamilies(family: string | undefined): object {
  if (family === undefined) return {};
  return family === "DualStack"
    ? { ipFamilies: ["IPv4", "IPv6"], ipFamilyPolicy: "RequireDualStack" }
    : { ipFamilies: [family], ipFamilyPolicy: "SingleStack" };
}

function askedAddresses(type: string, addresses: readonly string[]): object {
  const [first] = addresses.filter((address) => isIP(address) !== 0);
  if (first === undefined) return {};
  return type === "ClusterIP" ? { clusterIP: first } : { externalIPs: addresses };
}
