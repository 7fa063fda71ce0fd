import { createServer } from "node:net";

/** Below the ports that systems give to outgoing connections, any of which could take a port between the look at it and its use. */
const lowest = 20_000;
/** So many ports for each test worker, which do not get into each other's way. */
const perWorker = 1_500;
const workers = 8;

const worker = Number(process.env["VITEST_POOL_ID"] ?? "1") % workers;
const tried = new Set<number>();

/** Ports of this machine that nobody listens on; all different, and none twice in a process. */
export async function freePorts(count: number): Promise<number[]> {
  const found: number[] = [];
  while (found.length < count) {
    const port = candidate();
    if (await isFree(port)) found.push(port);
  }
  return found;
}

function candidate(): number {
  if (tried.size >= perWorker / 2) tried.clear();
  for (;;) {
    const port = lowest + worker * perWorker + Math.floor(Math.random() * perWorker);
    if (tried.has(port)) continue;
    tried.add(port);
    return port;
  }
}

function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.on("error", () => resolve(false));
    server.listen(port, () => server.close(() => resolve(true)));
  });
}
