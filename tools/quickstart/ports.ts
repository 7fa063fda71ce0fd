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
 * One sentence for each port that something else listens on: which, who has it, and what to do. A process with `ownArgument` in
 * one of its arguments does not count: it is an Envoy that an earlier run left behind, and the gateway takes it over.
 */
export async function busyPorts(needed: readonly NeededPort[], ownArgument: string): Promise<string[]> {
  const sentences: string[] = [];
  for (const { port, use, otherwise } of needed) {
    for (const { pid, command } of await portHolders(port)) {
      if (pid !== undefined && (await argumentsOf(pid)).some((argument) => argument.includes(ownArgument))) continue;
      const holder = pid === undefined ? "a process of another user" : `process ${pid} (${command})`;
      sentences.push(`port ${port}, which is needed for ${use}, is in use by ${holder}. ${otherwise}`);
      break;
    }
  }
  return sentences;
}
