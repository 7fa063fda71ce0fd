/** Keeps what changes the project's folder from running twice at the same time (`make test` in one window, `make quickstart` in another). */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { root } from "./stamp.mjs";

/** The lock of set-ups, and what those that wait for it are told. */
const setup = { file: join(root, ".tools/setup.lock"), title: "setup" };

/**
 * Runs the work while holding the lock; waits for another process to give it back first. A lock left by a process that is gone is
 * taken over. It is given back when this process ends.
 *
 * @param {() => Promise<void>} work
 * @param {{ file: string, title: string }} [lock]
 */
export async function withLock(work, { file, title } = setup) {
  mkdirSync(dirname(file), { recursive: true });
  for (let isFirst = true; !take(file); isFirst = false) {
    if (isFirst) process.stdout.write(`${title}: waiting for another ${title} in this folder to end\n`);
    await setTimeout(500);
  }
  giveBackAtExit(file);
  await work();
}

/**
 * Takes a lock unless another process has it. It is given back when this process ends.
 *
 * @param {string} file
 * @returns {boolean} whether the lock is ours now
 */
export function tryLock(file) {
  mkdirSync(dirname(file), { recursive: true });
  // The first try only clears away a lock whose owner is gone.
  const isOurs = take(file) || take(file);
  if (isOurs) giveBackAtExit(file);
  return isOurs;
}

/** @param {string} file */
function giveBackAtExit(file) {
  process.once("exit", () => rmSync(file, { force: true }));
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(130));
}

/**
 * @param {string} file
 * @returns {boolean} whether the lock is ours now
 */
function take(file) {
  try {
    writeFileSync(file, String(process.pid), { flag: "wx" });
    return true;
  } catch {
    if (!isHeld(file)) rmSync(file, { force: true });
    return false;
  }
}

/**
 * @param {string} file
 * @returns {boolean} whether the process that wrote the lock is alive
 */
function isHeld(file) {
  try {
    const pid = Number(readFileSync(file, "utf8"));
    // A lock that was created but not yet written reads as 0: its owner is at work right now.
    if (pid !== 0) process.kill(pid, 0);
    return true;
  } catch (error) {
    // Another user's process may not be signalled, but it is alive.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
