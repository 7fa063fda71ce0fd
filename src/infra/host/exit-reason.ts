import type { EnvoyExit } from "./envoy-process.ts";

/** How an Envoy ended, as the rest of a sentence that begins with "Envoy"; with its last error, if it logged one. */
export function exitReason(exit: EnvoyExit, lastErrors: readonly string[]): string {
  if (exit.error) return `could not be started: ${spawnReason(exit.error)}`;
  if (exit.code === 126 || exit.code === 127) return "could not be started: the system cannot run its program";
  const how = exit.signal
    ? `was killed (${exit.signal})`
    : exit.code === undefined
      ? "ended"
      : `ended with code ${exit.code}`;
  const said = lastErrors.at(-1);
  return said === undefined ? how : `${how}: ${said}`;
}

function spawnReason(error: Error): string {
  const isTooLong = "code" in error && error.code === "E2BIG";
  return isTooLong ? "its bootstrap is too large for a command line (128 KiB)" : error.message;
}
