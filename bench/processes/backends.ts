import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { backendBootstrap } from "../floor/bootstraps.ts";
import { probe, waitUntil } from "../http/probe.ts";
import type { Processes, Running } from "./processes.ts";

/** Starts an Envoy from a bootstrap in protobuf. Its name is that of its files in the folder. */
export function startEnvoy(
  processes: Processes,
  options: { readonly envoy: string; readonly folder: string; readonly name: string; readonly bootstrap: Uint8Array },
): Running {
  const file = join(options.folder, `${options.name}.pb`);
  writeFileSync(file, options.bootstrap);
  const args = ["-c", file, "--disable-hot-restart", "-l", "warn"];
  return processes.start(options.envoy, args, join(options.folder, `${options.name}.log`));
}

/** Starts the Envoy that stands in for all backends, and waits until it answers. */
export async function startBackends(
  processes: Processes,
  envoy: string,
  folder: string,
  ports: readonly number[],
): Promise<void> {
  const running = startEnvoy(processes, { envoy, folder, name: "backends", bootstrap: backendBootstrap(ports) });
  for (const [index, port] of ports.entries()) {
    const isUp = async () => (await probe(port, "backend.test")).body === `b${index}`;
    const took = await waitUntil(isUp, { limitMs: 30_000, isPossible: () => running.isAlive });
    if (took === undefined) throw new Error(`the backends do not start: ${running.lastWords()}`);
  }
}
