import type { CliContext } from "../context.ts";

/** A context that keeps what is written, and whose process is told to stop by the test. */
export interface TestContext extends CliContext {
  readonly out: () => string;
  readonly err: () => string;
  readonly exits: readonly number[];
  /** Sends the stop signal. */
  readonly stop: () => void;
}

export function testContext(
  more: Partial<Pick<CliContext, "cwd" | "env">> & { readonly stdin?: string } = {},
): TestContext {
  const out: string[] = [];
  const err: string[] = [];
  const exits: number[] = [];
  const listeners = new Set<(signal: string) => void>();
  return {
    stdout: { write: (text) => out.push(text) },
    stderr: { write: (text) => err.push(text) },
    readStdin: () => Promise.resolve(more.stdin ?? ""),
    env: more.env ?? {},
    cwd: more.cwd ?? process.cwd(),
    now: () => new Date(),
    onStopSignal(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    exit: (code) => void exits.push(code),
    out: () => out.join(""),
    err: () => err.join(""),
    exits,
    stop: () => {
      for (const listener of listeners) listener("SIGINT");
    },
  };
}
