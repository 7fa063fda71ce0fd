/** Scaffolding of tests with whole servers: directories, manifests, a configuration file, a backend; all gone afterwards. */
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createServer, get, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createGatewayServer, type GatewayServer, type GatewayServerSettings } from "../gateway-server.ts";

/** The Envoy of the project's own set-up, or the one the environment names. */
export const testEnvoy = process.env["ENVOY_BIN"] ?? join(import.meta.dirname, "../../../.tools/envoy");

/** Directories of one test. */
export class Workplace {
  readonly root = mkdtempSync(join(tmpdir(), "eg-server-"));
  readonly manifests = join(this.root, "manifests");
  readonly stateDir = join(this.root, "home");
  readonly configPath = join(this.root, "envoy-gateway.yaml");

  constructor() {
    mkdirSync(this.manifests);
  }

  /** Writes a file as editors do: beside it first, then in its place. Returns its path. */
  write(path: string, text: string): string {
    const target = join(this.root, path);
    writeFileSync(`${target}.tmp~`, text);
    renameSync(`${target}.tmp~`, target);
    return target;
  }

  /** Writes the configuration file: manifests from here, Envoys on this host, and more top-level fields. */
  configure(more: Readonly<Record<string, unknown>> = {}, infrastructure: object | undefined = this.host()): void {
    const provider = {
      type: "Custom",
      custom: {
        resource: { type: "File", file: { paths: [this.manifests] } },
        ...(infrastructure && { infrastructure }),
      },
    };
    const config = { apiVersion: "gateway.envoyproxy.io/v1alpha1", kind: "EnvoyGateway", provider, ...more };
    this.write("envoy-gateway.yaml", JSON.stringify(config, undefined, 2));
  }

  /** Infrastructure on this host with all directories in here, the layout of `run --state-dir`. */
  host(): object {
    const [configHome, dataHome, stateHome, runtimeDir] = ["config", "data", "state", "run"].map((name) =>
      join(this.stateDir, name),
    );
    return { type: "Host", host: { configHome, dataHome, stateHome, runtimeDir } };
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** A server on free ports with its log. */
export function testServer(
  work: Workplace,
  more: Partial<GatewayServerSettings> = {},
): { readonly server: GatewayServer; readonly log: string[] } {
  const log: string[] = [];
  const server = createGatewayServer({
    configPath: work.configPath,
    env: {},
    envoy: testEnvoy,
    output: { write: (text) => log.push(text) },
    ports: { xds: local, admin: local, metrics: local, health: local },
    ...more,
  });
  return { server, log };
}

const local = { host: "127.0.0.1", port: 0 };

/** A GatewayClass and a Gateway with one HTTP listener on a port. */
export function gatewayManifest(port: number): string {
  return `apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: { name: eg }
spec: { controllerName: gateway.envoyproxy.io/gatewayclass-controller }
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: eg, namespace: default }
spec:
  gatewayClassName: eg
  listeners: [{ name: http, protocol: HTTP, port: ${port} }]
`;
}

/** A Backend on this machine, and an HTTPRoute for a hostname that leads to it. */
export function routeManifest(name: string, hostname: string, backendPort: number): string {
  return `apiVersion: gateway.envoyproxy.io/v1alpha1
kind: Backend
metadata: { name: ${name}, namespace: default }
spec: { endpoints: [{ ip: { address: 127.0.0.1, port: ${backendPort} } }] }
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: ${name}, namespace: default }
spec:
  parentRefs: [{ name: eg }]
  hostnames: [${hostname}]
  rules: [{ backendRefs: [{ group: gateway.envoyproxy.io, kind: Backend, name: ${name} }] }]
`;
}

/** A backend that answers every request with one text. */
export async function startBackend(
  text: string,
): Promise<{ readonly port: number; readonly stop: () => Promise<void> }> {
  const server = createServer((_, response) => response.end(text)).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    stop: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** An answer to a request on a connection of its own; status 0 when there is none. */
export function fetchFrom(
  port: number,
  path = "/",
  options: { readonly host?: string; readonly method?: string } = {},
): Promise<{ readonly status: number; readonly body: string; readonly headers: IncomingMessage["headers"] }> {
  return new Promise((resolve) => {
    const headers = options.host === undefined ? {} : { host: options.host };
    const call = get(
      { host: "127.0.0.1", port, path, headers, agent: false, method: options.method ?? "GET" },
      (response) => {
        const parts: Buffer[] = [];
        response.on("data", (part: Buffer) => parts.push(part));
        response.on("end", () =>
          resolve({
            status: response.statusCode ?? 0,
            body: Buffer.concat(parts).toString("utf8"),
            headers: response.headers,
          }),
        );
      },
    );
    call.on("error", (error) => resolve({ status: 0, body: error.message, headers: {} }));
  });
}

/** JSON from a path of an admin server. */
export async function adminJson(server: GatewayServer, path: string): Promise<never> {
  const { body } = await fetchFrom(server.ports.admin, path);
  return JSON.parse(body) as never;
}

/** Resolves with what `read` gives as soon as `isWanted` accepts it; the test's own time limit ends the wait. */
export async function until<T>(read: () => T | Promise<T>, isWanted: (value: T) => boolean): Promise<T> {
  for (;;) {
    const value = await read();
    if (isWanted(value)) return value;
    await sleep(20);
  }
}
