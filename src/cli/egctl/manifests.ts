import { existsSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { registry } from "../../features/kinds.ts";
import { admit } from "../../schema/admit.ts";
import { type ReadManifests, readManifests } from "../../sources/file/read-manifests.ts";
import { type CliContext, CommandError } from "../context.ts";

/** Reads the manifests a command is given; `-` stands for the standard input, paths are relative to where the command runs. */
export async function readGiven(
  paths: readonly string[],
  context: CliContext,
  defaultNamespace?: string,
): Promise<ReadManifests> {
  const missing = paths.find((path) => path !== "-" && !existsSync(inside(context.cwd, path)));
  if (missing !== undefined) throw new CommandError(`There is nothing at ${missing}.`);
  // Paths stay as the user wrote them where that is possible, since they are shown in messages.
  const isHere = context.cwd === process.cwd();
  return readManifests({
    paths: paths.map((path) => (path === "-" || isHere ? path : inside(context.cwd, path))),
    ...(paths.includes("-") && { stdin: await context.readStdin() }),
    registry,
    admit,
    ...(defaultNamespace !== undefined && { defaultNamespace }),
  });
}

function inside(cwd: string, path: string): string {
  return isAbsolute(path) ? path : join(cwd, path);
}
