import type { FleetPort, FleetProblem, FleetSpec } from "../fleet.ts";
import { type PortHolder, portHolders } from "./process-table.ts";

/**
 * Problems with a fleet's TCP ports that are visible before Envoy tries to bind them. Ports held by one of `ownPids` are ours.
 * Envoys bind with SO_REUSEPORT: with another Envoy of the same user on the port the system would split connections between
 * the two and nobody would be told, so other fleets' ports are compared, too.
 */
export async function portProblems(
  fleet: FleetSpec,
  others: readonly FleetSpec[],
  ownPids: ReadonlySet<number>,
): Promise<FleetProblem[]> {
  const problems: FleetProblem[] = [];
  for (const port of fleet.ports) {
    const sharing = others.find((other) =>
      other.ports.some((p) => p.port === port.port && p.transport === port.transport),
    );
    if (sharing)
      problems.push(busy(port, `also used by Gateway ${sharing.key}, so connections would be split between the two`));
    if (port.transport !== "TCP") continue;
    const foreign = (await portHolders(port.port, ownPids)).find(
      (holder) => holder.pid === undefined || !ownPids.has(holder.pid),
    );
    if (foreign) problems.push(busy(port, `in use by ${describe(foreign)}`));
  }
  return problems;
}

/** What Envoy says in its log when it cannot bind, as a problem; `undefined` for any other message. */
export function bindProblem(message: string, ports: readonly FleetPort[]): FleetProblem | undefined {
  const [, address, reason] = /cannot bind '([^']+)': (.+)/.exec(message) ?? [];
  if (address === undefined || reason === undefined) return undefined;
  const number = Number(address.slice(address.lastIndexOf(":") + 1));
  const port = ports.find((candidate) => candidate.port === number) ?? {
    name: address,
    port: number,
    transport: "TCP",
  };
  return reason.startsWith("Permission denied")
    ? forbidden(port)
    : busy(port, `in use by another process (${reason.trim()})`);
}

function busy(port: FleetPort, by: string): FleetProblem {
  return {
    severity: "error",
    code: "port-busy",
    message: `Port ${port.port} of listener ${port.name} is ${by}. End that process, or choose another port in the Gateway's spec.listeners[].port.`,
  };
}

function forbidden(port: FleetPort): FleetProblem {
  return {
    severity: "error",
    code: "port-forbidden",
    message:
      `This user may not listen on port ${port.port} of listener ${port.name}. Choose a port from 1024 on in the Gateway's ` +
      "spec.listeners[].port, or allow lower ports (sysctl net.ipv4.ip_unprivileged_port_start).",
  };
}

function describe(holder: PortHolder): string {
  if (holder.pid === undefined) return "a process of another user";
  return `process ${holder.pid}${holder.command ? ` (${holder.command})` : ""}`;
}
