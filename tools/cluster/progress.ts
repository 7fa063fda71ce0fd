/** Tells people how a step gets on: a line when it starts, one now and then while it works, and one when it is done. */

/** A long step tells what it is at once in this many milliseconds. */
const heartbeatMs = 15_000;

/** Runs a step; it is given a way to say what it is at, which is shown with the next heartbeat. */
export async function withStep<T>(title: string, run: (say: (text: string) => void) => Promise<T>): Promise<T> {
  const start = performance.now();
  let at = "";
  const line = (text: string): void => void process.stdout.write(`cluster: ${title} … ${text}\n`);
  const heartbeat = setInterval(() => line(`${at === "" ? "at work" : at} (${seconds(start)})`), heartbeatMs);
  line("started");
  try {
    const result = await run((text) => {
      at = text;
    });
    line(`done (${seconds(start)})`);
    return result;
  } finally {
    clearInterval(heartbeat);
  }
}

function seconds(start: number): string {
  const elapsed = (performance.now() - start) / 1000;
  return `${elapsed < 10 ? elapsed.toFixed(1) : Math.round(elapsed)} s`;
}
