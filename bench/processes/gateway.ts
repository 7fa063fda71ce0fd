import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { dump } from "js-yaml";
import type { KubeObject } from "../../src/api/object.ts";
import { freePorts } from "../../src/testing/free-ports.ts";
import { probe } from "../http/probe.ts";
import { type Manifests, yamlOf } from "../manifests.ts";
import type { Setup } from "../setup.ts";
import { argumentsOf, isEnvoy, processTree, type Usage, usageOf } from "./proc.ts";
import type { Running } from "./processes.ts";
import { parseUpdates, type Updates, updatesPath } from "./updates.ts";

/** Share of a core over {@link quietWindowMs} up to which a gateway counts as quiet, in ms: the ticks of one or two wake-ups. */
const quietCpuMs = 25;
const quietWindowMs = 500;

/** A gateway as its users run it: `envoy-gateway server` on a directory of manifests, and the Envoy that it starts. */
export class GatewayUnderTest {
  readonly port: number;
  readonly #setup: Setup;
  readonly #folder: string;
  readonly #running: Running;

  private constructor(setup: Setup, folder: string, port: number, running: Running) {
    this.#setup = setup;
    this.#folder = folder;
    this.port = port;
    this.#running = running;
  }

  /** Writes the manifests (for a listener on the given port) and starts; returns at once. */
  static async start(setup: Setup, name: string, manifests: (port: number) => Manifests): Promise<GatewayUnderTest> {
    const folder = join(setup.work, name);
    for (const part of ["manifests", "staged"]) mkdirSync(join(folder, part), { recursive: true });
    const [port = 0, xds, admin, metrics, health] = await freePorts(5);
    for (const [file, objects] of manifests(port)) writeFileSync(join(folder, "manifests", file), yamlOf(objects));
    const config = join(folder, "envoy-gateway.yaml");
    writeFileSync(config, dump(configuration(folder)));
    run(setup.program, ["certgen", "--local", "--config-home", join(folder, "home/config")]);
    const ports = Object.entries({ xds, admin, metrics, health }).flatMap(([what, at]) => [`--${what}-port`, `${at}`]);
    const args = ["server", "--config-path", config, "--envoy", setup.envoy, ...ports];
    const running = setup.processes.start(setup.program, args, join(folder, "envoy-gateway.log"));
    return new GatewayUnderTest(setup, folder, port, running);
  }

  /** When its process was started, on the clock of `performance.now()`. */
  get startedAt(): number {
    return this.#running.startedAt;
  }

  get isAlive(): boolean {
    return this.#running.isAlive;
  }

  /** Its last lines, for when it did not do what it should. */
  lastWords(): string {
    return this.#running.lastWords();
  }

  async stop(): Promise<void> {
    await this.#setup.processes.stop(this.#running);
    rmSync(this.#folder, { recursive: true });
  }

  /** Makes a file ready outside the directory. What is returned puts it there, in one step. */
  prepare(name: string, objects: readonly KubeObject[]): () => void {
    const staged = join(this.#folder, "staged", name);
    writeFileSync(staged, yamlOf(objects));
    return () => renameSync(staged, join(this.#folder, "manifests", name));
  }

  /** Writes or replaces a file of manifests in one step. */
  put(name: string, objects: readonly KubeObject[]): void {
    this.prepare(name, objects)();
  }

  remove(name: string): void {
    rmSync(join(this.#folder, "manifests", name));
  }

  usage(): Usage {
    return usageOf(this.#running.pid);
  }

  /** Updates of configuration that its Envoy has taken so far, by kind. */
  async updates(): Promise<Updates> {
    for (const { pid } of processTree(this.#running.pid)) {
      if (!isEnvoy(pid)) continue;
      const args = argumentsOf(pid);
      const address = args[args.indexOf("--admin-address-path") + 1] ?? "";
      const adminPort = Number(readFileSync(address, "utf8").split(":").at(-1));
      return parseUpdates((await probe(adminPort, "admin", updatesPath, 20_000)).body);
    }
    return {};
  }

  /**
   * Waits until the control plane, and its Envoy unless that is under load, does next to nothing for half a second, or for as many
   * half seconds in a row as `windows` says. Milliseconds until the first of them began.
   */
  async quiet({ limitMs = 60_000, underLoad = false, windows = 1 } = {}): Promise<number> {
    const start = performance.now();
    const spent = ({ controlPlaneCpuMs, envoyCpuMs }: Usage): number =>
      controlPlaneCpuMs + (underLoad ? 0 : envoyCpuMs);
    let quietSince = start;
    for (let inARow = 0; inARow < windows; ) {
      const before = spent(this.usage());
      await sleep(quietWindowMs);
      const isQuiet = spent(this.usage()) - before <= quietCpuMs;
      inARow = isQuiet ? inARow + 1 : 0;
      if (!isQuiet) quietSince = performance.now();
      if (!this.isAlive || performance.now() - start > limitMs) break;
    }
    return quietSince - start;
  }

  /** Waits until what is put off to quiet times is done as well, such as the collection of memory after very many changes. */
  async settled(): Promise<void> {
    await this.quiet({ windows: 6 });
  }
}

/** The EnvoyGateway configuration: files in, Envoy on this machine, everything below `folder`. */
function configuration(folder: string): KubeObject & Record<string, unknown> {
  const home = join(folder, "home");
  const host = {
    configHome: join(home, "config"),
    dataHome: join(home, "data"),
    stateHome: join(home, "state"),
    runtimeDir: join(home, "run"),
  };
  return {
    apiVersion: "gateway.envoyproxy.io/v1alpha1",
    kind: "EnvoyGateway",
    metadata: { name: "bench" },
    gateway: { controllerName: "gateway.envoyproxy.io/gatewayclass-controller" },
    provider: {
      type: "Custom",
      custom: {
        resource: { type: "File", file: { paths: [join(folder, "manifests")] } },
        infrastructure: { type: "Host", host },
      },
    },
    extensionApis: { enableBackend: true },
  };
}

function run(program: string, args: readonly string[]): void {
  const { status, stderr, error } = spawnSync(program, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${program} ${args.join(" ")} fails: ${error?.message ?? stderr}`);
}
