import type { Collection, Graph } from "../../engine/index.ts";
import { sameData } from "../equal.ts";
import type { ManagedGateway } from "../gateways/gateways.ts";
import { normalizeHostname } from "./hostnames.ts";
import type { DeclaredListener } from "./model.ts";

/** The listeners of every usable Gateway as they are written, by {@link DeclaredListener.key}. */
export function createDeclaredListeners(
  graph: Graph,
  gateways: Collection<ManagedGateway>,
): Collection<DeclaredListener> {
  return graph.expand({
    name: "declaredListeners",
    from: gateways,
    map: (gateway, key) => declare(gateway, key),
    equal: sameData,
  });
}

function* declare(gateway: ManagedGateway, gatewayKey: string): Generator<readonly [string, DeclaredListener]> {
  if (!gateway.isUsable) return;
  const { metadata, spec } = gateway.object;
  for (const [i, listener] of (spec.listeners ?? []).entries()) {
    const key = `${gatewayKey}/${listener.name}`;
    yield [
      key,
      {
        key,
        gateway: gatewayKey,
        namespace: metadata.namespace ?? "",
        fleet: gateway.fleet,
        listener,
        hostname: normalizeHostname(listener.hostname),
        order: [metadata.creationTimestamp ?? "", gatewayKey, String(i).padStart(4, "0")].join("|"),
      },
    ];
  }
}
