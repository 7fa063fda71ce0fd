import type { Listener } from "../../api/gateway-api/listener.ts";
import { isPassthrough, type RouteKind } from "./model.ts";

const gatewayApiGroup = "gateway.networking.k8s.io";
const kinds = (...names: readonly string[]): RouteKind[] => names.map((kind) => ({ group: gatewayApiGroup, kind }));

/** Route kinds by protocol; the order is that of `supportedKinds` in a status. */
const kindsOfProtocol: Readonly<Record<string, readonly RouteKind[] | undefined>> = {
  HTTP: kinds("HTTPRoute", "GRPCRoute"),
  HTTPS: kinds("HTTPRoute", "GRPCRoute"),
  TCP: kinds("TCPRoute"),
  TLS: kinds("TCPRoute", "TLSRoute"),
  UDP: kinds("UDPRoute"),
};

/** TLS that is not terminated can only be told apart by its server name, which a TCPRoute does not look at. */
const kindsOfPassthrough = kinds("TLSRoute");

/** The protocols that we serve. */
export const supportedProtocols: readonly string[] = Object.keys(kindsOfProtocol);

/** True for the protocols that we serve. */
export function isSupportedProtocol(protocol: string): boolean {
  return kindsOfProtocol[protocol] !== undefined;
}

/** The kinds a listener admits, and those of `allowedRoutes.kinds` that its protocol cannot carry. */
export function allowedKinds(listener: Listener): {
  readonly supported: readonly RouteKind[];
  readonly invalid: readonly RouteKind[];
} {
  const possible = isPassthrough(listener) ? kindsOfPassthrough : (kindsOfProtocol[listener.protocol] ?? []);
  const wanted = listener.allowedRoutes?.kinds;
  if (!wanted?.length) return { supported: possible, invalid: [] };
  const named = wanted.map(({ group, kind }) => ({ group: group ?? gatewayApiGroup, kind }));
  const isPossible = (k: RouteKind): boolean => possible.some((p) => p.group === k.group && p.kind === k.kind);
  return { supported: named.filter(isPossible), invalid: named.filter((k) => !isPossible(k)) };
}
