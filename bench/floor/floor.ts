import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../../src/testing/free-ports.ts";
import { startEnvoy } from "../processes/backends.ts";
import { residentMb, usageOf } from "../processes/proc.ts";
import type { Running } from "../processes/processes.ts";
import type { Setup } from "../setup.ts";
import { floorBootstrap } from "./bootstraps.ts";
import { clusterFile, type Encoded, routeFile, tableName } from "./resources.ts";

/** What the floor's Envoy is given: parts of its two files. */
export interface FloorContent {
  readonly clusters: readonly Encoded[];
  readonly hosts: readonly Encoded[];
}

/** An Envoy that reads ready-made protobuf files: what no control plane in front of it can be much faster than. */
export class Floor {
  readonly port: number;
  readonly #setup: Setup;
  readonly #folder: string;
  readonly #running: Running;
  #version = 1;

  private constructor(setup: Setup, folder: string, port: number, running: Running) {
    this.#setup = setup;
    this.#folder = folder;
    this.port = port;
    this.#running = running;
  }

  /** Starts it with this content; returns at once. */
  static async start(setup: Setup, name: string, content: FloorContent): Promise<Floor> {
    const folder = join(setup.work, name);
    mkdirSync(join(folder, "staged"), { recursive: true });
    const port = await freePort();
    writeFileSync(join(folder, "cds.pb"), clusterFile("1", content.clusters));
    writeFileSync(join(folder, "rds.pb"), routeFile("1", content.hosts));
    const bootstrap = floorBootstrap(folder, port, tableName);
    const running = startEnvoy(setup.processes, { envoy: setup.envoy, folder, name: "envoy", bootstrap });
    return new Floor(setup, folder, port, running);
  }

  /** Makes files ready; what is returned puts them in place, clusters first, each in one step. */
  prepare(content: Partial<FloorContent>): () => void {
    const version = String(++this.#version);
    const files = new Map<string, Uint8Array>();
    if (content.clusters) files.set("cds.pb", clusterFile(version, content.clusters));
    if (content.hosts) files.set("rds.pb", routeFile(version, content.hosts));
    for (const [name, bytes] of files) writeFileSync(join(this.#folder, "staged", name), bytes);
    return () => {
      for (const name of files.keys()) renameSync(join(this.#folder, "staged", name), join(this.#folder, name));
    };
  }

  get startedAt(): number {
    return this.#running.startedAt;
  }

  get isAlive(): boolean {
    return this.#running.isAlive;
  }

  lastWords(): string {
    return this.#running.lastWords();
  }

  get cpuMs(): number {
    return usageOf(this.#running.pid).envoyCpuMs;
  }

  get residentMb(): number {
    return residentMb(this.#running.pid);
  }

  async stop(): Promise<void> {
    await this.#setup.processes.stop(this.#running);
    rmSync(this.#folder, { recursive: true });
  }
}
