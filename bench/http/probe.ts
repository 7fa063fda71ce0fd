import { setTimeout as sleep } from "node:timers/promises";
import type { Answer } from "./answer.ts";
import { Connection, type Endpoint } from "./connection.ts";

/** One request over a connection of its own, as a client that has just come sees it. Never rejects. */
export async function probe(at: Endpoint, host: string, path = "/", timeoutMs = 5_000): Promise<Answer> {
  const connection = new Connection(at);
  const answer = await connection.request(host, path, timeoutMs);
  connection.close();
  return answer;
}

/** When to give up waiting. */
export interface Patience {
  readonly limitMs: number;
  /** Waiting ends when this turns false: what is waited for can no longer come. */
  readonly isPossible?: () => boolean;
}

/**
 * Milliseconds until `isTrue`, nothing when it did not become so in time. Asked again after half a per cent of the time gone, from
 * 1 to 20 ms, so that the figure is right to about 1 ms or 0.5 % and asking costs little.
 */
export async function waitUntil(
  isTrue: () => Promise<boolean>,
  { limitMs, isPossible = () => true }: Patience,
  start: number = performance.now(),
): Promise<number | undefined> {
  for (;;) {
    if (await isTrue()) return performance.now() - start;
    const gone = performance.now() - start;
    if (gone > limitMs || !isPossible()) return undefined;
    await sleep(Math.min(20, Math.max(1, gone / 200)));
  }
}
