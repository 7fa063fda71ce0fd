import { setTimeout as sleep } from "node:timers/promises";

/** Repeats `attempt` until it neither throws nor rejects, at most for `limitMs`; then its last error is thrown. */
export async function eventually<T>(attempt: () => T | Promise<T>, limitMs = 20_000): Promise<T> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await sleep(10);
    }
  }
}
