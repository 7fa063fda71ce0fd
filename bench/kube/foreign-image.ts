import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import type { Entry } from "../../src/cli/output/tar.ts";
import { architecture } from "../../tools/image/architecture.ts";
import { linkedProgram, nonRoot } from "../../tools/image/linked-program.ts";
import { writeOciArchive } from "../../tools/image/oci-archive.ts";

/** Writes an image with an executable that was given as a path, as `/usr/local/bin/envoy-gateway`. */
export function writeForeignImage(name: string, program: string, file: string): void {
  const image = {
    names: [name],
    architecture,
    entrypoint: ["/usr/local/bin/envoy-gateway"],
    arguments: ["server"],
    user: nonRoot,
    files: isLinked(program) ? linkedProgram("envoy-gateway", program) : alone(program),
  };
  writeOciArchive(image, file);
}

function isLinked(program: string): boolean {
  return spawnSync("ldd", [program]).status === 0;
}

/** An executable that needs no libraries, as Go's mostly do. */
function alone(program: string): ReadonlyMap<string, Entry> {
  return new Map<string, Entry>([
    ["usr/local/bin/envoy-gateway", { kind: "file", content: readFileSync(program), mode: 0o755 }],
    ["tmp", { kind: "folder", mode: 0o1777 }],
  ]);
}
