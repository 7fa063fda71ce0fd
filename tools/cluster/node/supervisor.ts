/** Keeps a program of the node running. */
import { spawn } from "node:child_process";
import { appendFileSync, closeSync, openSync } from "node:fs";
import { join } from "node:path";
import type { Program } from "./programs.ts";

/** Wait before a program that ended is started again. */
const restartMs = 1_000;

/** Starts the program, and again whenever it ends. What it writes is appended to `<name>.log` in the folder. */
export function keepRunning(program: Program, logs: string): void {
  const log = join(logs, `${program.name}.log`);
  const output = openSync(log, "a");
  const child = spawn(program.name, program.args, { stdio: ["ignore", output, output] });
  closeSync(output);
  let hasEnded = false;
  const again = (how: string): void => {
    if (hasEnded) return;
    hasEnded = true;
    appendFileSync(log, `${program.name} ${how}; it is started again\n`);
    setTimeout(() => keepRunning(program, logs), restartMs);
  };
  child.on("error", (error) => again(`cannot be started (${error.message})`));
  child.on("exit", (code, signal) => again(signal ? `was ended by ${signal}` : `ended with code ${code}`));
}
