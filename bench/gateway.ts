/** The gateway as users run it: an executable that is given a directory. */
import { type ChildProcess, execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { envoyBinary } from "./envoy.ts";
import { start } from "./processes.ts";

const root = join(import.meta.dirname, "..");
const architecture = process.arch === "x64" ? "amd64" : process.arch;
const executable = join(root, "bin", process.platform, architecture, "envoy-gateway");

/** Builds the executable when there is none. */
export function ensureBuilt(): void {
  if (existsSync(executable)) return;
  execFileSync("make", ["build", "BINS=envoy-gateway"], { cwd: root, stdio: ["ignore", 2, 2] });
}

/** Starts the gateway on a directory of manifests, with all that it keeps below `work`. Returns at once. */
export function startGateway(work: string, manifests: string): ChildProcess {
  const ports = ["xds", "admin", "metrics", "health"].flatMap((server) => [`--${server}-port`, "0"]);
  const files = ["-f", manifests, "--state-dir", join(work, "state"), "--envoy", envoyBinary];
  return start(executable, ["run", ...files, ...ports], join(work, "gateway.log"));
}
