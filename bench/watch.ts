/** What a client sees. */
import { Agent, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

/** A status with the name of the backend that answered; status 0 when there was no answer, with the reason in `backend`. */
export interface Answer {
  readonly status: number;
  readonly backend: string;
}

/** Sends `GET /` for a hostname to this machine; on a new connection unless an agent is given. */
export function ask(port: number, hostname: string, agent: Agent | false = false): Promise<Answer> {
  return new Promise((resolve) => {
    const fail = (error: NodeJS.ErrnoException) => resolve({ status: 0, backend: error.code ?? error.message });
    const options = { host: "127.0.0.1", port, agent, headers: { host: hostname }, timeout: 10_000 };
    const sent = request(options, (response) => {
      response.on("error", fail).on("end", () => {
        resolve({ status: response.statusCode ?? 0, backend: String(response.headers["x-backend"] ?? "") });
      });
      response.resume();
    });
    sent.on("error", fail).on("timeout", () => sent.destroy(new Error("timeout")));
    sent.end();
  });
}

/** An agent that keeps its connections. */
export const keepingAgent = (): Agent => new Agent({ keepAlive: true, maxSockets: 30 });

export interface Watched {
  /** Time until the answer was the awaited one, in ms. */
  readonly ms: number;
  /** Answers on the way that were neither the old nor the awaited one. */
  readonly wrong: number;
}

/**
 * Asks on new connections, with pauses of half a per cent of the time gone (1 to 20 ms), until the answer is as awaited.
 * Throws after two minutes.
 */
export async function watch(
  port: number,
  hostname: string,
  awaited: (answer: Answer) => boolean,
  before: (answer: Answer) => boolean = () => true,
  begun: number = performance.now(),
): Promise<Watched> {
  let wrong = 0;
  for (;;) {
    const answer = await ask(port, hostname);
    const ms = performance.now() - begun;
    if (awaited(answer)) return { ms, wrong };
    if (!before(answer)) wrong++;
    if (ms > 120_000) throw new Error(`${hostname} still answers ${answer.status} ${answer.backend} after two minutes`);
    await sleep(Math.min(20, Math.max(1, ms * 0.005)));
  }
}

export const isOk = ({ status }: Answer): boolean => status === 200;
export const isNotFound = ({ status }: Answer): boolean => status === 404;
export const isFrom = (name: string) => (answer: Answer) => answer.status === 200 && answer.backend === name;

/** Waits until all hostnames answer 200; ms since `begun`. */
export async function allServed(port: number, hostnames: readonly string[], begun: number): Promise<number> {
  for (const hostname of hostnames) await watch(port, hostname, isOk, undefined, begun);
  return performance.now() - begun;
}
