/**
 * Installs and generates what the project needs, into the project's folder:
 *
 * - `node_modules/`: the npm packages of the lockfile, a Node 24 among them, which everything else runs on;
 * - `.venv/`: the Python packages of tools/requirements.txt, a real Envoy among them; `.tools/envoy` points to it;
 * - `src/gen/`: code generated from Envoy's protobuf descriptors, and interfaces generated from the schemas of our kinds.
 *
 * A step runs when something it is made from has changed (see stamp.mjs), so that running this again costs a fraction of a
 * second. This file and those it imports run on the machine's own Node, which may be as old as version 20: plain JavaScript,
 * no packages.
 */

import { kinds } from "./kinds.mjs";
import { withLock } from "./lock.mjs";
import { npmPackages } from "./npm-packages.mjs";
import { missingPrerequisite } from "./prerequisites.mjs";
import { runSteps } from "./progress.mjs";
import { protobufCode } from "./protobuf-code.mjs";
import { pythonPackages } from "./python-packages.mjs";

/** Steps of one list need nothing of each other and run side by side; a list starts after the one before it. */
const stages = [[npmPackages, pythonPackages], [protobufCode], [kinds]];

async function setUp() {
  for (const stage of stages) {
    const due = stage.filter((step) => !step.isDone());
    if (due.length === 0) continue;
    const missing = missingPrerequisite();
    if (missing !== undefined) throw new Error(missing);
    await runSteps(due);
  }
}

try {
  await withLock(setUp);
} catch (error) {
  process.stderr.write(`setup: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
