/** Helm, built from its Go module into .tools when the machine has none. */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { root } from "../lint/check.ts";

const version = "v4.3.1";
const folder = join(root, ".tools/helm", version);

/** Whether {@link helmProgram} has nothing to build. */
export function helmIsBuilt(): boolean {
  return Boolean(process.env["HELM"]) || existsSync(join(folder, "helm"));
}

/** Path of the program; builds it if needed, which takes some minutes once. */
export function helmProgram(): string {
  const given = process.env["HELM"];
  if (given) return given;
  const program = join(folder, "helm");
  if (existsSync(program)) return program;
  mkdirSync(folder, { recursive: true });
  process.stderr.write(`building Helm ${version} from its Go module, once; this takes some minutes\n`);
  const build = spawnSync(
    "nice",
    ["-n", "19", "go", "install", "-trimpath", "-ldflags=-s -w", `helm.sh/helm/v4/cmd/helm@${version}`],
    { env: { ...process.env, GOBIN: folder, CGO_ENABLED: "0" }, stdio: ["ignore", "inherit", "inherit"] },
  );
  if (build.status !== 0)
    throw new Error("Helm cannot be built: Go is needed (https://go.dev/dl), or a Helm named by HELM");
  return program;
}

/** Runs Helm; returns what it writes. Throws with its words when it fails. */
export function helm(args: readonly string[], stdio: "capture" | "inherit" = "capture"): string {
  const ran = spawnSync(helmProgram(), args, {
    encoding: "utf8",
    maxBuffer: 64 << 20,
    stdio: ["ignore", stdio === "inherit" ? "inherit" : "pipe", "inherit"],
  });
  if (ran.status !== 0) throw new Error(`helm ${args.slice(0, 2).join(" ")} failed`);
  return ran.stdout ?? "";
}

/** Runs Helm with its output shown. An aborted `signal` makes it end in good order, with the release marked as failed. */
export function helmRunning(args: readonly string[], signal: AbortSignal): Promise<void> {
  const child = spawn(helmProgram(), args, { stdio: ["ignore", "inherit", "inherit"] });
  signal.addEventListener("abort", () => child.kill("SIGTERM"));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) =>
      code === 0 ? resolve() : reject(new Error(`helm ${args.slice(0, 2).join(" ")} failed`)),
    );
  });
}
