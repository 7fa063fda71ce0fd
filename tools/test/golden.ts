/**
 * `make testdata`: runs the golden tests (files with `golden` in their path) so that they write what they find instead of comparing,
 * then names the files that are different from before.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { join } from "node:path";
import { root, toolEnvironment } from "../lint/check.ts";

const before = changed();
const args = ["run", "--project", "unit", "--passWithNoTests", "golden"];
const ran = spawnSync(join(root, "node_modules/.bin/vitest"), args, {
  cwd: root,
  env: { ...toolEnvironment, UPDATE_GOLDEN: "1" },
  stdio: ["ignore", "inherit", "inherit"],
});
for (const line of changed()) if (!before.includes(line)) process.stdout.write(`testdata: ${line}\n`);
process.exitCode = ran.status ?? 1;

/** One line per file of test data that differs from the last commit: how, which, and a hash of what it holds now. */
function changed(): string[] {
  const status = git("status", "--porcelain", "--untracked-files=all", "--", ":(glob)**/testdata/**");
  return status
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const path = line.slice(3);
      const hash =
        line.startsWith(" D") || line.startsWith("D") ? "removed" : git("hash-object", path).trim().slice(0, 12);
      return `${line} ${hash}`;
    });
}

function git(...command: string[]): string {
  return execFileSync("git", command, { cwd: root, encoding: "utf8" });
}
