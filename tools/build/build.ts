/** `make build`: bundles the programs named on the command line and writes `bin/<os>/<arch>/<name>`. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { root } from "../lint/check.ts";
import { readBuildInfo } from "./build-info.ts";
import { bundle } from "./bundle.ts";
import { writeExecutable } from "./executable.ts";
import { findPlatform, ownPlatform } from "./platform.ts";

const { values, positionals: names } = parseArgs({
  options: { platform: { type: "string", default: ownPlatform } },
  allowPositionals: true,
});

try {
  const platform = findPlatform(values.platform);
  const info = readBuildInfo();
  for (const name of names) {
    const entry = `src/cli/${name}.ts`;
    if (!existsSync(join(root, entry))) throw new Error(`there is no program ${name} (${entry})`);
    const start = performance.now();
    const target = `bin/${platform.os}/${platform.arch}/${name}`;
    writeExecutable(await bundle(entry, info), platform, join(root, target));
    process.stdout.write(`build: ${target} … done (${((performance.now() - start) / 1000).toFixed(1)} s)\n`);
  }
} catch (error) {
  process.stderr.write(`build: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
