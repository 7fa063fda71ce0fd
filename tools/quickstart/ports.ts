import { once } from "node:events";
import { createServer } from "node:net";

/** A port that the quickstart needs. */
export interface NeededPort {
  readonly port: number;
  /** What for, in a few words. */
  readonly use: string;
  /** How to use another one, as a sentence. */
  readonly otherwise: string;
}

/** One sentence for each port that something else listens on. */
export async function busyPorts(needed: readonly NeededPort[]): Promise<string[]> {
  const free = await Promise.all(needed.map(({ port }) => isFree(port)));
  return needed
    .filter((_, index) => !free[index])
    .map(({ port, use, otherwise }) => `Port ${port} (${use}) is in use by another program. ${otherwise}`);
}

/** Whether one can listen on the port, on this machine's own and on all addresses (listening on one does not exclude the other). */
async function isFree(port: number): Promise<boolean> {
  for (const host of ["127.0.0.1", "0.0.0.0"]) {
    const server = createServer();
    try {
      server.listen({ port, host });
      await once(server, "listening");
    } catch {
      return false;
    } finally {
      server.close();
    }
  }
  return true;
}
