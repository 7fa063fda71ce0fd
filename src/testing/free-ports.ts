import { readFileSync } from "node:fs";
import { createServer } from "node:net";

const lowest = 20_000;

/**
 * Different ports that nobody listens on, below those that the system gives to clients: one of those may be given to some
 * connection before the program it is meant for listens there. A client that asks again and again at a port where nobody listens
 * yet may even be given that very port for its own end, and is then connected with itself.
 */
export async function freePorts(count: number): Promise<number[]> {
  const [highest = 32_768] = readFileSync("/proc/sys/net/ipv4/ip_local_port_range", "utf8").split(/\s+/).map(Number);
  const range = Math.max(1000, highest - lowest);
  const found: number[] = [];
  // From a place that depends on the process, so that runs side by side seldom look at the same ports.
  for (let step = 0; found.length < count && step < range; step++) {
    const port = lowest + ((process.pid * 97 + offset++) % range);
    if (await isFree(port)) found.push(port);
  }
  if (found.length < count) throw new Error(`no ${count} free ports from ${lowest} on`);
  return found;
}

/** One such port. */
export async function freePort(): Promise<number> {
  const [port = 0] = await freePorts(1);
  return port;
}

/** Ports that were given out are not given out again, though nobody may listen there yet. */
let offset = 0;

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.on("error", () => resolve(false));
    server.listen({ port, host: "0.0.0.0", exclusive: true }, () => server.close(() => resolve(true)));
  });
}
