/** The manifests that a gateway is given: one Gateway, Backends, and HTTPRoutes by hostname or by path prefix. */
import { dump } from "js-yaml";
import type { KubeObject } from "../src/api/object.ts";

export const namespace = "default";
export const gatewayName = "eg";
export const gatewayApi = "gateway.networking.k8s.io";
const envoyGatewayApi = "gateway.envoyproxy.io";
/** Hostname of all path prefixes. */
export const prefixHost = "paths.bench.test";
/** Rules that one HTTPRoute may have. */
const rulesPerRoute = 16;
/** Files that routes are dealt over. */
const fileCount = 10;

/** A rule: requests below a path prefix go to the Backend of this name. */
export interface Rule {
  readonly prefix: string;
  readonly backend: string;
}

/** Content of a directory of manifests: file name → objects. */
export type Manifests = ReadonlyMap<string, readonly KubeObject[]>;

/**
 * GatewayClass, EnvoyProxy and Gateway with one HTTP listener; `more` is added to the Gateway's `spec`. Nothing is logged per request:
 * that is not what is measured.
 */
export function gateway(port: number, more: Readonly<Record<string, unknown>> = {}): KubeObject[] {
  const parametersRef = { group: envoyGatewayApi, kind: "EnvoyProxy", name: "bench", namespace };
  return [
    {
      apiVersion: `${gatewayApi}/v1`,
      kind: "GatewayClass",
      metadata: { name: gatewayName },
      spec: { controllerName: `${envoyGatewayApi}/gatewayclass-controller`, parametersRef },
    },
    {
      apiVersion: `${envoyGatewayApi}/v1alpha1`,
      kind: "EnvoyProxy",
      metadata: { name: "bench", namespace },
      spec: { provider: { type: "Host" }, telemetry: { accessLog: { disable: true } } },
    },
    {
      apiVersion: `${gatewayApi}/v1`,
      kind: "Gateway",
      metadata: { name: gatewayName, namespace },
      spec: {
        gatewayClassName: gatewayName,
        listeners: [{ name: "http", protocol: "HTTP", port, allowedRoutes: { namespaces: { from: "All" } } }],
        ...more,
      },
    },
  ];
}

/** A Backend with an endpoint on 127.0.0.1 at each of the ports. */
export function backend(name: string, ports: readonly number[]): KubeObject {
  return {
    apiVersion: `${envoyGatewayApi}/v1alpha1`,
    kind: "Backend",
    metadata: { name, namespace },
    spec: { endpoints: ports.map((port) => ({ ip: { address: "127.0.0.1", port } })) },
  };
}

/** An HTTPRoute of the Gateway, or of what `parent` says; for one hostname, or for all that its parent has. */
export function httpRoute(
  name: string,
  hostname: string | undefined,
  rules: readonly Rule[],
  parent: Readonly<Record<string, string>> = { name: gatewayName },
): KubeObject {
  return {
    apiVersion: `${gatewayApi}/v1`,
    kind: "HTTPRoute",
    metadata: { name, namespace },
    spec: {
      parentRefs: [parent],
      ...(hostname !== undefined && { hostnames: [hostname] }),
      rules: rules.map(({ prefix, backend: backendName }) => ({
        matches: [{ path: { type: "PathPrefix", value: prefix } }],
        backendRefs: [{ group: envoyGatewayApi, kind: "Backend", name: backendName }],
      })),
    },
  };
}

/** Hostname of route number `index`. */
export const hostOf = (index: number): string => `r${index}.bench.test`;

/** How many Backends stand behind this many routes: one behind ten. */
export const backendCount = (routes: number): number => Math.max(1, Math.floor(routes / 10));

/** Number of the port in the list of backends' ports that answers route number `index`. Backend `b` there answers `b<b>`. */
export function portIndexOf(index: number, routes: number, ports: number): number {
  return (index % backendCount(routes)) % ports;
}

/** Routes with a hostname each, their Backends and the Gateway. */
export function routesByHost(count: number, port: number, backendPorts: readonly number[]): Manifests {
  const backends = backendCount(count);
  const routes = Array.from({ length: count }, (_, index) =>
    httpRoute(`route-${index}`, hostOf(index), [{ prefix: "/", backend: `be-${index % backends}` }]),
  );
  return manifests(port, numbered(backends, backendPorts), routes);
}

/** Path prefix number `index`, e.g. `/p00042`. */
export const prefixOf = (index: number): string => `/p${String(index).padStart(5, "0")}`;

/** Path prefixes on one hostname, dealt over one Backend for each port, so that only the look-up grows with their number. */
export function routesByPrefix(count: number, port: number, backendPorts: readonly number[]): Manifests {
  const rules = Array.from({ length: count }, (_, index) => ({
    prefix: prefixOf(index),
    backend: `be-${index % backendPorts.length}`,
  }));
  const routes = chunks(rules, rulesPerRoute).map((some, index) => httpRoute(`prefix-${index}`, prefixHost, some));
  return manifests(port, numbered(backendPorts.length, backendPorts), routes);
}

/** Name of a file of routes in what {@link routesByHost} and {@link routesByPrefix} return; the others stay when routes go. */
export const isRouteFile = (name: string): boolean => name.startsWith("routes-");

/** The objects as one YAML file. */
export function yamlOf(objects: readonly KubeObject[]): string {
  return objects.map((object) => dump(object)).join("---\n");
}

/** Backends `be-0`, `be-1` and so on, dealt over the ports. */
export function numbered(count: number, ports: readonly number[]): KubeObject[] {
  return Array.from({ length: count }, (_, index) => backend(`be-${index}`, [ports[index % ports.length] ?? 0]));
}

function manifests(port: number, backends: readonly KubeObject[], routes: readonly KubeObject[]): Manifests {
  return new Map([["00-gateway.yaml", gateway(port)], ["01-backends.yaml", backends], ...dealt("routes", routes)]);
}

/** The objects over ten files at most, named like `routes-00.yaml`. */
export function dealt(name: string, objects: readonly KubeObject[]): (readonly [string, readonly KubeObject[]])[] {
  return chunks(objects, Math.ceil(objects.length / fileCount)).map(
    (some, index) => [`${name}-${String(index).padStart(2, "0")}.yaml`, some] as const,
  );
}

/** The items in lists of `size`, the last one with what is left. */
export function chunks<T>(items: readonly T[], size: number): T[][] {
  const result: T[][] = [];
  for (let start = 0; start < items.length; start += size) result.push(items.slice(start, start + size));
  return result;
}
