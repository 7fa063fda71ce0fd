/** Everything that tells one cluster from another follows from its number, so that several stand side by side. */

export interface ClusterAddresses {
  /** 0 to 9. */
  readonly number: number;
  /** `envoy-gateway`; of others than number 0 with `-<number>` behind it. */
  readonly name: string;
  /** Network interface of the machine that leads to the node; in the node it is `eth0`. At most 15 characters. */
  readonly interface: string;
  /** The two ends of that link: a network of four addresses. */
  readonly machine: string;
  readonly node: string;
  /** Ranges (CIDR) of pods, of Services and of Services' load balancers. All can be reached from the machine. */
  readonly pods: string;
  readonly services: string;
  readonly loadBalancers: string;
  /** Service addresses of the API server and of the cluster's DNS server. */
  readonly apiService: string;
  readonly dnsService: string;
  /** Folder below each cgroup hierarchy. */
  readonly cgroup: string;
}

/** Highest number of a cluster. */
export const highestNumber = 9;

export function addressesOf(number: number): ClusterAddresses {
  if (!Number.isInteger(number) || number < 0 || number > highestNumber) {
    throw new Error(`a cluster's number is a whole number from 0 to ${highestNumber}, not ${number}`);
  }
  const services = `10.${150 + number}`;
  return {
    number,
    name: number === 0 ? "envoy-gateway" : `envoy-gateway-${number}`,
    interface: `egcluster${number}`,
    machine: `10.213.${number}.1`,
    node: `10.213.${number}.2`,
    pods: `10.${130 + number}.0.0/16`,
    services: `${services}.0.0/16`,
    loadBalancers: `10.${170 + number}.0.0/24`,
    apiService: `${services}.0.1`,
    dnsService: `${services}.0.10`,
    cgroup: `egcluster${number}`,
  };
}

/** Addresses of a load-balancer range that are given out, lowest first: .10 to .199. What lies around them may be asked for by name. */
export function poolOf(range: string): string[] {
  const prefix = range.slice(0, range.lastIndexOf("."));
  return Array.from({ length: 190 }, (_, i) => `${prefix}.${i + 10}`);
}

/** Whether an address lies in a range of 256 addresses. */
export function isIn(range: string, address: string): boolean {
  const prefix = range.slice(0, range.lastIndexOf(".") + 1);
  const last = address.startsWith(prefix) ? address.slice(prefix.length) : "";
  return /^\d{1,3}$/.test(last) && Number(last) < 256;
}
