import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

const version = "v1.9.3";

/** Folder of Go programs that tests run. */
export const goPrograms: string = join(import.meta.dirname, "../../.tools/go");

/** Path of grpcurl. The first time it is built from its Go module, which takes a minute or two. */
export function grpcurlProgram(): string {
  const program = join(goPrograms, "grpcurl");
  if (existsSync(program)) return program;
  const env = { ...process.env, GOBIN: goPrograms };
  execFileSync("go", ["install", `github.com/fullstorydev/grpcurl/cmd/grpcurl@${version}`], { env, stdio: "inherit" });
  return program;
}
