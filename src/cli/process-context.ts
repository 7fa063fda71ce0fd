import type { CliContext } from "./context.ts";

const stopSignals = ["SIGTERM", "SIGINT"] as const;

/** The context of the real process. */
export function processContext(): CliContext {
  // A reader that goes away (`| head`) is no reason to fail; whoever serves goes on without being read.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
  return {
    stdout: process.stdout,
    stderr: process.stderr,
    readStdin,
    env: process.env,
    cwd: process.cwd(),
    now: () => new Date(),
    onStopSignal(listener) {
      for (const signal of stopSignals) process.on(signal, listener);
      return () => {
        for (const signal of stopSignals) process.off(signal, listener);
      };
    },
    exit: (code) => process.exit(code),
  };
}

async function readStdin(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}
