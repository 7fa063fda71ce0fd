/** Files of Go modules, from Go's own cache or the module proxy. */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The folder in which a module's files lie. Throws where Go is missing, or the module cannot be had. */
export function moduleFolder(module: string, version: string): string {
  const download = spawnSync("go", ["mod", "download", "-json", `${module}@${version}`], {
    cwd: tmpdir(),
    encoding: "utf8",
  });
  if (download.error) throw new Error("Go is needed, for the official CRDs come as a Go module: https://go.dev/dl");
  const { Dir, Zip, Error: problem } = JSON.parse(download.stdout || "{}") as Partial<Record<string, string>>;
  if (Dir !== undefined && existsSync(Dir)) return Dir;
  // Go unpacks a module only for a toolchain that is new enough; the archive is there all the same.
  if (Zip === undefined) throw new Error(`${module}@${version} cannot be had: ${problem ?? download.stderr}`);
  const folder = mkdtempSync(join(tmpdir(), "go-module-"));
  execFileSync("unzip", ["-q", Zip, "-d", folder]);
  return join(folder, `${module}@${version}`);
}
