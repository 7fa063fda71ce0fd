/** The programs that are measured: the built `envoy-gateway`, and Envoy. */
import { spawnSync } from "node:child_process";
import { existsSync, globSync, statSync } from "node:fs";
import { join, resolve } from "node:path";

/** The project's top folder. */
export const root: string = join(import.meta.dirname, "..");

/** The Envoy that the project's set-up installed. */
export const projectEnvoy: string = join(root, ".tools/envoy");

/** Path of the executable to measure. Without a `given` one it is built when it is missing or older than the sources. */
export function findProgram(given: string | undefined, say: (text: string) => void): string {
  if (given !== undefined) return existing(resolve(given), "PROGRAM");
  const arch = process.arch === "x64" ? "amd64" : process.arch;
  const path = join(root, "bin", process.platform, arch, "envoy-gateway");
  if (!existsSync(path) || statSync(path).mtimeMs < newestSource()) {
    say("building envoy-gateway, as it is missing or older than src/");
    const build = spawnSync(process.execPath, ["tools/build/build.ts", "envoy-gateway"], {
      cwd: root,
      stdio: "inherit",
    });
    if (build.status !== 0) throw new Error("the build failed; its output is above");
  }
  return existing(path, "make build");
}

/** Path of the Envoy to measure with. */
export function findEnvoy(given: string | undefined): string {
  return existing(given === undefined ? projectEnvoy : resolve(given), given === undefined ? "make setup" : "ENVOY");
}

/** First line of what a program says about its version. */
export function versionOf(path: string, args: readonly string[]): string {
  const { stdout } = spawnSync(path, args, { encoding: "utf8" });
  return (stdout ?? "").trim().split("\n")[0]?.trim() ?? "";
}

function newestSource(): number {
  const sources = globSync("src/**/*.ts", { cwd: root, exclude: ["**/*.test.ts", "**/testing/**"] });
  return Math.max(0, ...sources.map((file) => statSync(join(root, file)).mtimeMs));
}

function existing(path: string, from: string): string {
  if (!existsSync(path)) throw new Error(`there is no ${path} (${from})`);
  return path;
}
