/** Manifests as users write them, in a directory that is changed by renames only, so that no file is read half written. */
import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Hostname of the route with this number. */
export const hostnameOf = (route: number): string => `r${route}.bench.test`;

/** The numbers of up to 20 routes, evenly spread. */
export function sample(routes: number): number[] {
  const count = Math.min(20, routes);
  return Array.from({ length: count }, (_, index) => Math.floor((index * routes) / count));
}

/** GatewayClass, EnvoyProxy without access log, and a Gateway with one HTTP listener. */
export const gatewayManifest = (port: number): string => `apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: { name: bench }
spec:
  controllerName: gateway.envoyproxy.io/gatewayclass-controller
  parametersRef: { group: gateway.envoyproxy.io, kind: EnvoyProxy, name: bench, namespace: default }
---
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: EnvoyProxy
metadata: { name: bench, namespace: default }
spec:
  provider: { type: Host }
  telemetry: { accessLog: { disable: true } }
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: bench, namespace: default }
spec:
  gatewayClassName: bench
  listeners: [{ name: http, protocol: HTTP, port: ${port} }]
`;

export const backendManifest = (name: string, port: number): string => `---
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: Backend
metadata: { name: ${name}, namespace: default }
spec: { endpoints: [{ ip: { address: 127.0.0.1, port: ${port} } }] }
`;

/** A rule for a path prefix. */
export const ruleManifest = (backend: string, prefix = "/"): string => `
    - matches: [{ path: { type: PathPrefix, value: ${prefix} } }]
      backendRefs: [{ group: gateway.envoyproxy.io, kind: Backend, name: ${backend} }]`;

export const routeManifest = (name: string, hostname: string, ...rules: readonly string[]): string => `---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: ${name}, namespace: default }
spec:
  parentRefs: [{ name: bench }]
  hostnames: [${hostname}]
  rules:${rules.join("")}
`;

/** A directory of manifests. */
export class Manifests {
  readonly directory: string;
  readonly #staging: string;

  constructor(root: string) {
    this.directory = join(root, "manifests");
    this.#staging = join(root, "staging");
    mkdirSync(this.directory);
    mkdirSync(this.#staging);
  }

  /** Makes a file ready; the function returned puts it in place and returns at once. */
  prepare(name: string, text: string): () => void {
    const staged = join(this.#staging, name);
    writeFileSync(staged, text);
    return () => renameSync(staged, join(this.directory, name));
  }

  put(name: string, text: string): void {
    this.prepare(name, text)();
  }

  remove(name: string): void {
    rmSync(join(this.directory, name));
  }

  /** The Gateway, routes in ten files, and a Backend for every ten routes. */
  fill(port: number, routes: number, backends: readonly number[]): void {
    this.put("gateway.yaml", gatewayManifest(port));
    const count = Math.ceil(routes / 10);
    const all = Array.from({ length: count }, (_, index) => {
      return backendManifest(`backend-${index}`, backends[index % backends.length] ?? 0);
    });
    this.put("backends.yaml", all.join(""));
    for (const file of routeFiles) {
      const numbers = Array.from({ length: routes }, (_, index) => index).filter((index) => index % 10 === file);
      this.put(
        routeFile(file),
        numbers.map((index) => manifestOf(index, `backend-${Math.floor(index / 10)}`)).join(""),
      );
    }
  }

  /** Takes all of {@link fill} but the Gateway away. */
  clear(): void {
    for (const file of routeFiles) this.remove(routeFile(file));
    this.remove("backends.yaml");
  }
}

const routeFiles = Array.from({ length: 10 }, (_, index) => index);
const routeFile = (index: number) => `routes-${index}.yaml`;
const manifestOf = (index: number, backend: string) =>
  routeManifest(`route-${index}`, hostnameOf(index), ruleManifest(backend));
