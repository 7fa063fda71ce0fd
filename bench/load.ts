/** Steady load on kept-alive connections, each answer of which is judged. */
import { type Answer, ask, keepingAgent } from "./watch.ts";

/** A hostname, and the answers it may give. */
export interface Stream {
  readonly hostname: string;
  readonly allowed: (answer: Answer) => boolean;
}

export interface LoadResult {
  readonly requests: number;
  /** Answers that were not allowed, counted by what they were. */
  readonly errors: ReadonlyMap<string, number>;
}

/** Sends about 300 requests/s, to the streams in turns, until the work is done and the last answer is here. */
export async function underLoad(
  port: number,
  streams: readonly Stream[],
  work: () => Promise<void>,
): Promise<LoadResult> {
  const agent = keepingAgent();
  const errors = new Map<string, number>();
  const open = new Set<Promise<void>>();
  let requests = 0;
  const send = () => {
    const stream = streams[requests++ % streams.length];
    if (stream === undefined) return;
    const sent: Promise<void> = ask(port, stream.hostname, agent).then((answer) => {
      open.delete(sent);
      if (stream.allowed(answer)) return;
      const what = `${answer.status} ${answer.backend}`.trim();
      errors.set(what, (errors.get(what) ?? 0) + 1);
    });
    open.add(sent);
  };
  const timer = setInterval(() => {
    for (let count = 0; count < 3; count++) send();
  }, 10);
  try {
    await work();
  } finally {
    clearInterval(timer);
    await Promise.all(open);
    agent.destroy();
  }
  return { requests, errors };
}
