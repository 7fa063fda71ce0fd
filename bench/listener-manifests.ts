/** Manifests with very many listeners. A Gateway may have 64 of its own, so they come from ListenerSets, which may have 64 each. */
import type { KubeObject } from "../src/api/object.ts";
import type { Certificate } from "./certificates.ts";
import {
  chunks,
  dealt,
  gateway,
  gatewayApi,
  gatewayName,
  httpRoute,
  type Manifests,
  namespace,
  numbered,
} from "./manifests.ts";
import type { ListenerSetSize } from "./settings.ts";

const listenersPerSet = 64;
const allowedListeners = { namespaces: { from: "All" } };

/** Hostname of TLS listener number `index`. */
export const listenerHostOf = (index: number): string => `l${index}.bench.test`;

/** The Secret that TLS listener number `index` names. */
export function secretOf(index: number, { cert, key }: Certificate): KubeObject {
  const base64 = (text: string): string => Buffer.from(text).toString("base64");
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: `cert-${index}`, namespace },
    type: "kubernetes.io/tls",
    data: { "tls.crt": base64(cert), "tls.key": base64(key) },
  } as KubeObject;
}

/**
 * HTTPS listeners on one port with a hostname and a Secret each, in ListenerSets of 64, with one route a set. The Secret of
 * `rotated` is in a file of its own, `rotated.yaml`.
 */
export function tlsListeners(
  certificates: readonly Certificate[],
  rotated: number,
  port: number,
  backendPorts: readonly number[],
): Manifests {
  const listeners = certificates.map((_, index) => ({
    name: `l${index}`,
    protocol: "HTTPS",
    port,
    hostname: listenerHostOf(index),
    tls: { certificateRefs: [{ name: `cert-${index}` }] },
  }));
  const [first = [], ...others] = chunks(listeners, listenersPerSet);
  const rules = [{ prefix: "/", backend: "be-0" }];
  const secrets = certificates.map((certificate, index) => secretOf(index, certificate));
  return new Map([
    // The first of them are the Gateway's own, as it needs some.
    ["00-gateway.yaml", gateway(port, { allowedListeners, listeners: first })],
    ["01-backends.yaml", numbered(1, backendPorts)],
    ["rotated.yaml", secrets.slice(rotated, rotated + 1)],
    ...dealt("secrets", secrets.toSpliced(rotated, 1)),
    ...dealt(
      "sets",
      others.map((some, index) => listenerSet(index, some)),
    ),
    ["routes-00.yaml", [httpRoute("route", undefined, rules), ...others.map((_, index) => routeOfSet(index, rules))]],
  ]);

  function routeOfSet(index: number, of: typeof rules): KubeObject {
    return httpRoute(`route-${index}`, undefined, of, parentSet(index));
  }
}

/** Hostname of route number `route` of ListenerSet number `set`. */
export const setHostOf = (set: number, route: number | string): string => `r${route}.s${set}.bench.test`;

/** Names a ListenerSet as the parent of a route. */
export const parentSet = (index: number): Record<string, string> => ({ kind: "ListenerSet", name: `set-${index}` });

/** ListenerSets with an HTTP listener for `*.s<n>.bench.test` on one port each, a Backend `be-<n>`, and routes with a hostname each. */
export function routesOfSets(
  { sets, routesPerSet }: ListenerSetSize,
  port: number,
  backendPorts: readonly number[],
): Manifests {
  const indices = Array.from({ length: sets }, (_, index) => index);
  const routes = indices.flatMap((set) =>
    Array.from({ length: routesPerSet }, (_, route) =>
      httpRoute(
        `route-${set}-${route}`,
        setHostOf(set, route),
        [{ prefix: "/", backend: `be-${set}` }],
        parentSet(set),
      ),
    ),
  );
  const setObjects = indices.map((set) =>
    listenerSet(set, [{ name: "http", protocol: "HTTP", port, hostname: `*.s${set}.bench.test` }]),
  );
  return new Map([
    ["00-gateway.yaml", gateway(port, { allowedListeners })],
    ["01-backends.yaml", numbered(sets, backendPorts)],
    ...dealt("sets", setObjects),
    ...dealt("routes", routes),
  ]);
}

function listenerSet(index: number, listeners: readonly Readonly<Record<string, unknown>>[]): KubeObject {
  const spec = { parentRef: { name: gatewayName }, listeners };
  return { apiVersion: `${gatewayApi}/v1`, kind: "ListenerSet", metadata: { name: `set-${index}`, namespace }, spec };
}
