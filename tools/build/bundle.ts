import { build } from "esbuild";
import { root } from "../lint/check.ts";
import type { BuildInfo } from "./build-info.ts";

/**
 * Bundles a program and everything it imports into one script, as CommonJS: the form that a single-executable Node 24 starts from
 * and caches compiled. A program may therefore not await at the top level of a module. What is imported with `import()` is in
 * the bundle too, yet evaluated only when asked for, so that it costs nothing at start.
 */
export async function bundle(entry: string, info: BuildInfo): Promise<string> {
  const result = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    bundle: true,
    write: false,
    platform: "node",
    target: "node24",
    format: "cjs",
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: "none",
    logLevel: "warning",
    // A bundle has no file of its own: what it must find on disk lies beside the executable.
    define: {
      ENVOY_GATEWAY_BUILD: JSON.stringify(info),
      "import.meta.dirname": "__dirname",
      "import.meta.filename": "__filename",
      "import.meta.url": "bundleUrl",
    },
    banner: { js: 'const bundleUrl = require("node:url").pathToFileURL(__filename).href;' },
  });
  const [script] = result.outputFiles;
  if (script === undefined) throw new Error(`nothing came out of bundling ${entry}`);
  return script.text;
}
