import { readlink } from "node:fs/promises";
import { resolve } from "node:path";
import { argumentsOf, portHolders } from "../../src/infra/host/process-table.ts";

/** A port that the quickstart needs. */
export interface NeededPort {
  readonly port: number;
  /** What for, in a few words. */
  readonly use: string;
  /** How to use another one, as a sentence. */
  readonly otherwise: string;
}

/**
 * One sentence for each port that something else listens on: which, who has it, and what to do. A process that was given a path in
 * `ownFolder` does not count: it is an Envoy that an earlier run left behind, and the gateway takes it over.
 */
export async function busyPorts(needed: readonly NeededPort[], ownFolder: string): Promise<string[]> {
  const sentences: string[] = [];
  for (const { port, use, otherwise } of needed) {
    for (const { pid, command } of await portHolders(port)) {
      if (pid !== undefined && (await hasPathIn(pid, ownFolder))) continue;
      const holder = pid === undefined ? "a process of another user" : `process ${pid} (${command})`;
      sentences.push(`port ${port}, which is needed for ${use}, is in use by ${holder}. ${otherwise}`);
      break;
    }
  }
  return sentences;
}

/** Whether an argument of a process is a path below a folder, seen from where the process runs. */
async function hasPathIn(pid: number, folder: string): Promise<boolean> {
  const directory = await readlink(`/proc/${pid}/cwd`).catch(() => "/");
  return (await argumentsOf(pid)).some((argument) => resolve(directory, argument).startsWith(`${folder}/`));
}
