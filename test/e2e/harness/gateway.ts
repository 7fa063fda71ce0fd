/** A whole gateway in one process: objects → translation → xDS over mutual TLS → a real Envoy. */
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { KubeObject } from "../../../src/api/object.ts";
import { writeFilesTogether } from "../../../src/certificates/files.ts";
import { certificateDirectory } from "../../../src/certificates/layout.ts";
import { registry } from "../../../src/features/kinds.ts";
import { fleetName, type InfraLogger, type Infrastructure } from "../../../src/infra/fleet.ts";
import { fleetLogDirectory, type HostDirectories } from "../../../src/infra/host/directories.ts";
import { createHostInfra } from "../../../src/infra/host/host-infra.ts";
import { Controller } from "../../../src/server/controller.ts";
import { localAddresses } from "../../../src/server/http/addresses.ts";
import { createMemorySource, type MemorySource } from "../../../src/sources/memory/memory-source.ts";
import { freePorts } from "../../../src/testing/free-ports.ts";
import type { Condition, StatusBody } from "../../../src/translate/conditions.ts";
import { defaultTranslationOptions, type TranslationOptions } from "../../../src/translate/options.ts";
import type { FleetChange } from "../../../src/translate/resources.ts";
import { Translation } from "../../../src/translate/translation.ts";
import type { Rejection } from "../../../src/xds/rejection.ts";
import type { ResourceType } from "../../../src/xds/resource-types.ts";
import { createXdsServer, type XdsServer } from "../../../src/xds/server.ts";
import type { TypeInfo } from "../../../src/xds/stream-info.ts";
import { createAuthority } from "../../../src/xds/testing/certificates.ts";
import type { Backend } from "./backend.ts";
import { type Answer, type RequestOptions, send, upgrade, type WebSocket } from "./client.ts";
import { EnvoyComplaints } from "./complaints.ts";
import { indent, ObjectLives, readObjects } from "./manifests.ts";

const envoyBinary =
  process.env["ENVOY_BIN"] ?? process.env["ENVOY"] ?? join(import.meta.dirname, "../../../.tools/envoy");

export interface GatewayOptions {
  /**
   * YAML of the listeners of Gateway `default/eg`, given free ports.
   * Default: listener `http` on the first port for routes of all namespaces. Empty: there is no Gateway at first.
   */
  readonly listeners?: (ports: readonly number[]) => string;
  /** YAML of more fields of the Gateway's `spec`. */
  readonly more?: (ports: readonly number[]) => string;
  readonly translation?: Partial<TranslationOptions>;
}

/** Statistics of an Envoy that has started and works with all it got. */
const isWorking = [/total_listeners_warming: 0/, /warming_clusters: 0/, /workers_started: 1/, /server.state: 0/];

/**
 * Whether something that waits to be sent is the removal of what Envoy still uses: it unsubscribes from a removed listener's tables
 * and secrets when the listener has drained.
 */
function isDraining(type: ResourceType, name: string, wanted: FleetChange | undefined): boolean {
  if (type === "listener" || type === "extension") return false;
  const isWanted = (other: { readonly name: string }) => name === other.name || name.startsWith(`${other.name}/`);
  return !(wanted?.[type] ?? []).some(isWanted);
}

/** Whether something is not sent because Envoy refuses it. */
function isRefused({ quarantined }: TypeInfo, pending: string): boolean {
  return quarantined.some(
    ({ name, virtualHost }) => pending === (virtualHost === undefined ? name : `${name}/${virtualHost}`),
  );
}

const defaultListeners = ([port]: readonly number[]): string => `
- { name: http, protocol: HTTP, port: ${port}, allowedRoutes: { namespaces: { from: All } } }`;

const gatewayClass = `
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: { name: eg }
spec: { controllerName: gateway.envoyproxy.io/gatewayclass-controller }
---
`;

/** Manifest of Gateway `default/eg` with these listeners. */
export function gatewayManifest(listeners: string, name = "eg", more = ""): string {
  return `---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: ${name}, namespace: default }
spec:
  gatewayClassName: eg
${indent(more, 2)}
  listeners:
${indent(listeners, 4)}
`;
}

/** Starts a gateway with one Envoy that has its first configuration. */
export async function startGateway(options: GatewayOptions = {}): Promise<TestGateway> {
  if (!existsSync(envoyBinary)) throw new Error(`no Envoy at ${envoyBinary}: run the set-up first`);
  const gateway = new TestGateway(await freePorts(8), options);
  try {
    await gateway.start((options.listeners ?? defaultListeners)(gateway.ports), options.more?.(gateway.ports));
  } catch (error) {
    await gateway.stop();
    throw error;
  }
  return gateway;
}

export class TestGateway {
  /** Free ports; the first is the default listener's. */
  readonly ports: readonly number[];
  readonly translation: Translation;
  readonly complaints = new EnvoyComplaints();
  readonly #source: MemorySource = createMemorySource();
  readonly #lives = new ObjectLives();
  readonly #log: string[] = [];
  #root = "";
  #controller: Controller | undefined;
  #infrastructure: Infrastructure | undefined;
  #xds: XdsServer | undefined;
  #directories: HostDirectories | undefined;

  constructor(ports: readonly number[], options: GatewayOptions) {
    this.ports = ports;
    const settings: TranslationOptions = {
      ...defaultTranslationOptions,
      extensionApis: { enableBackend: true, enableEnvoyPatchPolicy: true, enableLua: true },
      ...options.translation,
    };
    // Component misc is where Envoy tells of deprecated fields; its own default, and ours, is to keep quiet about them.
    const logging = { level: { default: "warn", misc: "warn" } } as const;
    this.translation = new Translation(
      settings,
      registry.kinds.map(({ kind }) => kind),
      { concurrency: 1, logging },
    );
  }

  get port(): number {
    return this.ports[0] ?? 0;
  }

  /** Makes everything and waits until Envoy serves. */
  async start(listeners: string, more?: string): Promise<void> {
    this.#root = await mkdtemp(join(tmpdir(), "eg-e2e-"));
    const directories = {
      configHome: join(this.#root, "config"),
      dataHome: join(this.#root, "data"),
      stateHome: join(this.#root, "state"),
      runtimeDir: join(this.#root, "run"),
    };
    this.#directories = directories;
    const server = await writeCertificates(directories.configHome);
    const xds = createXdsServer({
      tls: { certFile: join(server, "tls.crt"), keyFile: join(server, "tls.key"), caFile: join(server, "ca.crt") },
      hold: true,
      graceMs: 300,
      onRejected: (rejection) => this.#rejected(rejection),
      onRecovered: (rejection) => this.#controller?.recovered(rejection),
      onProblem: (message) => this.complaints.add(`xDS server: ${message}`),
    });
    this.#xds = xds;
    const port = await xds.listen("127.0.0.1:0");
    this.#infrastructure = createHostInfra({
      directories,
      xdsAddress: { host: "127.0.0.1", port },
      logger: this.#logger(),
      explicitEnvoy: envoyBinary,
      stopTimeoutMs: 0,
    });
    this.#controller = new Controller({
      source: this.#source,
      translation: this.translation,
      xds,
      infrastructure: this.#infrastructure,
      addresses: () => [{ type: "IPAddress", value: "127.0.0.1" }],
      localAddresses,
      onCommit: ({ changes }) => {
        for (const { object, error } of changes.report.failures.map(failureOf)) {
          this.complaints.add(`translation of ${object} threw: ${error}`);
        }
      },
    });
    await this.apply(gatewayClass + (listeners.trim() === "" ? "" : gatewayManifest(listeners, "eg", more)));
    await this.#controller.start();
    await this.settled();
  }

  /** Adds or replaces the objects of the manifests (backends stand for their Service) and waits until Envoy has what follows. */
  async apply(...manifests: readonly (string | Backend)[]): Promise<void> {
    const yaml = manifests.map((part) => (typeof part === "string" ? part : part.manifest)).join("\n---\n");
    await this.applyObjects(await readObjects(yaml));
  }

  /** The same for objects that were read already. */
  async applyObjects(objects: readonly KubeObject[]): Promise<void> {
    this.#source.apply(objects.map((object) => this.#lives.next(object)));
    await this.settled();
  }

  /** Removes objects named `Kind namespace/name`, and waits until Envoy has what follows. */
  async delete(...names: readonly string[]): Promise<void> {
    const objects = names.map((name) => {
      const [kind = "", key = ""] = name.split(" ");
      return { kind, key };
    });
    for (const object of objects) this.#lives.end(object);
    this.#source.delete(objects);
    await this.settled();
  }

  /** Waits until every Envoy that runs has acknowledged all that was sent and works with it. */
  async settled(): Promise<void> {
    const deadline = performance.now() + 30_000;
    while (!(await this.#isSettled())) {
      if (performance.now() > deadline) throw new Error(`Envoy has not settled: ${this.#describeState()}`);
      await sleep(5);
    }
  }

  async #isSettled(): Promise<boolean> {
    if (!this.#controller?.isLoaded) return true;
    const running = new Set((this.#infrastructure?.statuses() ?? []).map(({ key }) => key));
    const fleets = [...this.translation.fleets.entries()].filter(
      ([key, { ports }]) => running.has(key) || (ports.length > 0 && !this.translation.heldFleets.get(key)),
    );
    const streams = this.#xds?.streams() ?? [];
    for (const [key] of fleets) {
      const stream = streams.find((candidate) => candidate.fleet === key);
      const types = stream?.types ?? [];
      if (types.length < 2 || types.some(({ inFlight }) => inFlight !== undefined)) return false;
      const wanted = this.#xds?.resources(key);
      if (
        types.some((info) =>
          info.pending.some((name) => !isRefused(info, name) && !isDraining(info.type, name, wanted)),
        )
      ) {
        return false;
      }
      const statistics = await this.admin("/stats?filter=warming|workers_started|server.state", key).catch(() => "");
      if (!isWorking.every((pattern) => pattern.test(statistics))) return false;
    }
    return true;
  }

  #describeState(): string {
    return JSON.stringify({
      streams: this.#xds?.streams(),
      envoys: this.#infrastructure?.statuses(),
      log: this.#log.slice(-20),
    });
  }

  /** Text of a page of Envoy's admin interface. */
  async admin(path: string, fleet = "default/eg"): Promise<string> {
    const address = this.#infrastructure?.statuses().find(({ key }) => key === fleet)?.adminAddress;
    if (address === undefined) throw new Error(`no Envoy of ${fleet} runs`);
    const response = await fetch(`http://${address}${path}`);
    return response.text();
  }

  /** Sends a request to the first port, or to another one. */
  request(path: string, options: RequestOptions & { readonly port?: number } = {}): Promise<Answer> {
    return send(options.port ?? this.port, path, options);
  }

  /** Asks for a WebSocket. */
  webSocket(path: string, options: RequestOptions & { readonly port?: number } = {}): Promise<WebSocket> {
    return upgrade(options.port ?? this.port, path, options);
  }

  /** Status of an object named `Kind namespace/name`. */
  status(name: string): StatusBody | undefined {
    const [kind = "", key = ""] = name.split(" ");
    return this.translation.statuses.get(`${kind}/${key}`)?.body;
  }

  /** Conditions of an object as `Type=Status Reason`; those of the first parent of a route, or of one listener of a Gateway. */
  conditions(name: string, listener?: string): string[] {
    const body = this.status(name);
    const of = listener
      ? body?.listeners?.find((candidate) => candidate.name === listener)?.conditions
      : (body?.conditions ?? body?.parents?.[0]?.conditions ?? body?.ancestors?.[0]?.conditions);
    return (of ?? []).map(({ type, status, reason }: Condition) => `${type}=${status} ${reason}`);
  }

  /** Processes of the Envoys that run. */
  get envoyPids(): readonly number[] {
    return (this.#infrastructure?.statuses() ?? []).flatMap(({ pid }) => pid ?? []);
  }

  /** Gathers what Envoy complains about; empty when all is well. Refusals that a test expected are taken out before. */
  async check(): Promise<readonly string[]> {
    for (const { key, state } of this.#infrastructure?.statuses() ?? []) {
      // An Envoy whose Gateway is gone may end between the look at its state and the question.
      if (state !== "serving" || !this.translation.fleets.get(key)) continue;
      this.complaints.readStatistics(await this.admin("/stats?filter=deprecated_feature|unknown_fields", key));
      this.complaints.readLog(this.#envoyLog(key));
    }
    return this.complaints.take();
  }

  #envoyLog(fleet: string): string {
    if (!this.#directories) return "";
    const file = join(fleetLogDirectory(this.#directories, fleetName(fleet)), "envoy.log");
    return existsSync(file) ? readFileSync(file, "utf8") : "";
  }

  /** Ends everything. */
  async stop(): Promise<void> {
    await this.#controller?.stop();
    await this.#infrastructure?.stop({ keepEnvoys: false });
    await this.#xds?.close();
    await rm(this.#root, { recursive: true, force: true });
  }

  #rejected(rejection: Rejection): void {
    this.complaints.add(
      `Envoy refused ${rejection.type} ${rejection.virtualHost ?? rejection.name}: ${rejection.message}`,
    );
    this.#controller?.rejected(rejection);
  }

  #logger(): InfraLogger {
    const log = (level: string) => (_fields: object, message: string) => void this.#log.push(`${level} ${message}`);
    return { debug: () => undefined, info: log("info"), warn: log("warn"), error: log("error") };
  }
}

const failureOf = (failure: { readonly collection: string; readonly key: string; readonly error: unknown }) => ({
  object: `${failure.collection} ${failure.key}`,
  error: failure.error instanceof Error ? (failure.error.stack ?? failure.error.message) : String(failure.error),
});

/** Elliptic keys take no time to make. Returns the directory of the server's. */
async function writeCertificates(configHome: string): Promise<string> {
  const authority = await createAuthority();
  for (const name of ["envoy-gateway", "envoy"] as const) {
    const { cert, key } = await authority.issue("localhost");
    const files = { "ca.crt": authority.ca, "tls.crt": cert, "tls.key": key };
    await writeFilesTogether(certificateDirectory(configHome, name), files);
  }
  return certificateDirectory(configHome, "envoy-gateway");
}
