import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { type CliContext, CommandError } from "../../context.ts";
import { onTarget } from "../target/target.ts";
import { Bundle } from "./bundle.ts";
import type { CollectOptions } from "./options.ts";

const suffix = ".tar.gz";

/** Writes the archive; returns where it lies, and what is missing in it. Throws a {@link CommandError} if there is nothing to ask. */
export async function collect(
  options: CollectOptions,
  context: CliContext,
): Promise<{ readonly path: string; readonly errors: readonly string[] }> {
  const time = context.now().toISOString().slice(0, 19).replaceAll(/[:-]/g, "");
  const name = (options.output ?? `envoy-gateway-${time}`).replace(/\.tar\.gz$/, "");
  const path = `${name}${suffix}`;
  const bundle = new Bundle(name.split("/").at(-1) ?? name);
  await onTarget(options, context, async (target) => {
    if (target.kind === "machine") {
      const { collectMachine } = await import("./machine.ts");
      await collectMachine(bundle, target, options, context);
    } else {
      const { collectCluster } = await import("./cluster.ts");
      await collectCluster(bundle, target.cluster, options);
    }
  });
  try {
    // What is in it may be of value to others, secrets or not.
    await writeFile(resolve(context.cwd, path), bundle.archive(), { mode: 0o600 });
  } catch (error) {
    throw new CommandError(`The archive cannot be written: ${error instanceof Error ? error.message : String(error)}`);
  }
  return { path, errors: bundle.errors };
}
