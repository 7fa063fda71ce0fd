import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root, toolEnvironment } from "../lint/check.ts";
import { type Counts, countTests, type VitestReport } from "./report.ts";

/** Runs projects of vitest.config.ts, all in one run, showing vitest's own output, and counts the outcome. */
export async function runProjects(projects: readonly string[]): Promise<Counts> {
  const folder = mkdtempSync(join(tmpdir(), "vitest-report-"));
  const file = join(folder, "report.json");
  const args = ["run", "--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
  try {
    const exitCode = await runVitest([...args, ...projects.flatMap((project) => ["--project", project])]);
    return countTests(JSON.parse(readFileSync(file, "utf8")) as VitestReport, exitCode);
  } catch (error) {
    process.stderr.write(`test: no report from vitest: ${error instanceof Error ? error.message : String(error)}\n`);
    return { passed: 0, failed: 1, skipped: 0 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function runVitest(args: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(join(root, "node_modules/.bin/vitest"), args, {
      cwd: root,
      env: toolEnvironment,
      stdio: ["ignore", "inherit", "inherit"],
    });
    child.on("error", reject);
    child.on("close", (code) => resolve(code ?? 1));
  });
}
