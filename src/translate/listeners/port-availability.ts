import type { Collection, Context, Graph } from "../../engine/index.ts";
import { type Condition, isFalse } from "../conditions.ts";
import { sameData } from "../equal.ts";
import type { ManagedGateway } from "../gateways/gateways.ts";
import type { TranslationOptions } from "../options.ts";
import { bindPort, envoyPodPorts, firstUnprivilegedPort, privilegedPortShift } from "./bind-port.ts";
import { type DeclaredListener, portKey, protocolClasses, transportOf } from "./model.ts";

/** `Accepted=False` `PortUnavailable` of a listener whose port cannot be bound in Envoy's pod; `undefined` when it can. */
export type PortAvailability = (listener: DeclaredListener, ctx: Context) => Condition | undefined;

/** A listener whose port may be bound under another number, or whose number may be that of another one. */
interface BoundPort {
  readonly order: string;
  readonly port: number;
  readonly socket: string;
}

/**
 * Where Envoys are pods, ports of the pod itself are not available, nor is a port that a lower one is bound to (80 and 10080): of two such
 * ports the one that was declared first is served. On a host every port is bound as it is, and whether that is possible the host tells.
 */
export function createPortAvailability(
  graph: Graph,
  declared: Collection<DeclaredListener>,
  gateways: Collection<ManagedGateway>,
  options: Pick<TranslationOptions, "shiftPrivilegedPorts">,
): PortAvailability {
  if (!options.shiftPrivilegedPorts) return () => undefined;
  const bound = graph.derive({
    name: "boundPorts",
    from: declared,
    map: ({ listener, gateway, fleet, order }, _key, ctx): BoundPort | undefined => {
      const { port, protocol } = listener;
      if (!mayBeShared(port) || protocolClasses[protocol] === undefined) return undefined;
      const bind = bindPort(port, ctx.get(gateways, gateway)?.proxy ?? {}, options);
      return { order, port, socket: `${portKey(fleet, bind)}|${transportOf(listener)}` };
    },
    equal: sameData,
  });
  const owners = graph.group({
    name: "boundPortOwners",
    from: bound,
    by: ({ socket }) => socket,
    compare: (a, b) => (a.value.order < b.value.order ? -1 : 1),
    reduce: (members) => members[0]?.value.port,
  });
  return (listener, ctx) => {
    const { port } = listener.listener;
    if (transportOf(listener.listener) === "TCP" && reserved.includes(port)) return unavailable(ofPod(port));
    const socket = ctx.get(bound, listener.key)?.socket;
    const owner = socket === undefined ? undefined : ctx.get(owners, socket);
    return owner === undefined || owner === port ? undefined : unavailable(takenBy(port, owner));
  };
}

const reserved: readonly number[] = Object.values(envoyPodPorts);

/** Whether a port is bound under another number, or has the number that a lower one is bound to. */
function mayBeShared(port: number): boolean {
  const other = port - privilegedPortShift;
  return port < firstUnprivilegedPort || (other > 0 && other < firstUnprivilegedPort);
}

const ofPod = (port: number): string => `Port ${port} is used by Envoy's pod itself; choose another port.`;

const takenBy = (port: number, owner: number): string =>
  `Ports ${port} and ${owner} are bound to the same port of Envoy's pod, where those below ${firstUnprivilegedPort} are bound ` +
  `${privilegedPortShift} higher, and ${owner} was declared first; choose another port.`;

const unavailable = (message: string): Condition => isFalse("Accepted", "PortUnavailable", message);
