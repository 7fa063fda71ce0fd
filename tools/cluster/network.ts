/** The link between the machine and a node: a pair of interfaces, and routes to everything in the cluster. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import type { ClusterAddresses } from "./addresses.ts";
import type { RunningNode } from "./node/namespaces.ts";

/** Nothing is forwarded and no firewall rule is needed: the cluster is reached from the machine only, and reaches nothing else. */
export function connect(addresses: ClusterAddresses, { pid }: RunningNode): void {
  const { machine, node, pods, services, loadBalancers } = addresses;
  const outside = addresses.interface;
  const inNode = (...args: string[]): void => run("nsenter", "--target", String(pid), "--net", "--", "ip", ...args);
  disconnect(addresses);
  run("ip", "link", "add", outside, "type", "veth", "peer", "name", "eth0", "netns", String(pid));
  run("ip", "address", "add", `${machine}/30`, "dev", outside);
  run("ip", "link", "set", outside, "up");
  inNode("address", "add", `${node}/30`, "dev", "eth0");
  inNode("link", "set", "eth0", "up");
  inNode("route", "add", "default", "via", machine);
  for (const range of [pods, services, loadBalancers])
    run("ip", "route", "replace", range, "via", node, "dev", outside);
}

export function isConnected(addresses: ClusterAddresses): boolean {
  return existsSync(`/sys/class/net/${addresses.interface}`);
}

/** The routes and the node's end go with the interface. */
export function disconnect(addresses: ClusterAddresses): void {
  if (isConnected(addresses)) run("ip", "link", "delete", addresses.interface);
}

function run(program: string, ...args: string[]): void {
  const ended = spawnSync(program, args, { encoding: "utf8" });
  if (ended.status !== 0 && isNeeded(ended.stderr)) throw new Error(`${[program, ...args].join(" ")}: ${ended.stderr}`);
}

/** An interface can be gone already: it goes by itself shortly after its node. */
function isNeeded(complaint: string | null): boolean {
  return !complaint?.startsWith("Cannot find device");
}
