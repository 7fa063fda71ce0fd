/** Keeps two set-ups in one folder from running at the same time (`make test` in one window, `make quickstart` in another). */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { root } from "./stamp.mjs";

const lock = join(root, ".tools/setup.lock");

/**
 * Runs the work while holding the lock; waits for another set-up to end first. A lock left by a process that is gone is taken over.
 *
 * @param {() => Promise<void>} work
 */
export async function withLock(work) {
  mkdirSync(join(root, ".tools"), { recursive: true });
  for (let isFirst = true; !take(); isFirst = false) {
    if (isFirst) process.stdout.write("setup: waiting for another set-up in this folder to end\n");
    await setTimeout(500);
  }
  const release = () => rmSync(lock, { force: true });
  process.once("exit", release);
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(130));
  await work();
}

/** @returns {boolean} whether the lock is ours now */
function take() {
  try {
    writeFileSync(lock, String(process.pid), { flag: "wx" });
    return true;
  } catch {
    if (!isHeld()) rmSync(lock, { force: true });
    return false;
  }
}

/** @returns {boolean} whether the process that wrote the lock is alive */
function isHeld() {
  try {
    const pid = Number(readFileSync(lock, "utf8"));
    // A lock that was created but not yet written reads as 0: its owner is at work right now.
    if (pid !== 0) process.kill(pid, 0);
    return true;
  } catch (error) {
    // Another user's process may not be signalled, but it is alive.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
