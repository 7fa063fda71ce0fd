/** Runs steps and tells how they get on. */
import { spawn } from "node:child_process";
import { root } from "./stamp.mjs";

/**
 * One thing that set-up installs or generates.
 *
 * @typedef {object} Step
 * @property {string} title what it brings, in a few words
 * @property {() => boolean} isDone whether the result is there and fits what it is made from
 * @property {() => Promise<void>} run makes it; rejects with a sentence for people
 */

/** A long step says that it is still at work once in this many milliseconds. */
const heartbeatMs = 15_000;

/**
 * Runs steps side by side. The first that fails rejects, after the others have ended.
 *
 * @param {Step[]} steps
 */
export async function runSteps(steps) {
  const results = await Promise.allSettled(steps.map(runStep));
  for (const result of results) if (result.status === "rejected") throw result.reason;
}

/** @param {Step} step */
async function runStep(step) {
  const start = Date.now();
  const seconds = () => `${Math.round((Date.now() - start) / 1000)} s`;
  const say = (/** @type {string} */ text) => process.stdout.write(`setup: ${step.title} … ${text}\n`);
  say("started");
  const heartbeat = setInterval(() => say(`still at work (${seconds()})`), heartbeatMs);
  try {
    await step.run();
    say(`done (${seconds()})`);
  } finally {
    clearInterval(heartbeat);
  }
}

/**
 * Runs a program in the project's folder. Its output is shown only when it fails.
 *
 * @param {string} program
 * @param {string[]} args
 * @param {Record<string, string>} [environment] added to ours
 * @returns {Promise<void>} rejects with the command and the end of its output
 */
export function run(program, args, environment = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: root,
      env: { ...process.env, ...environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    const keep = (/** @type {Buffer} */ chunk) => {
      output = (output + chunk.toString()).slice(-4_000);
    };
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    const command = [program, ...args].join(" ");
    child.on("error", (error) => reject(new Error(`cannot run ${command}: ${error.message}`)));
    child.on("close", (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`this command failed (${signal ?? `exit code ${code}`}): ${command}\n${output.trimEnd()}`));
    });
  });
}
