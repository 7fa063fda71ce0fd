import { execFile } from "node:child_process";
import type { HostDirectories } from "./directories.ts";
import { parseLogLine } from "./envoy-log.ts";
import type { Launch } from "./envoy-process.ts";
import { baseIdOf } from "./process-record.ts";

/** Options of a user that number processes themselves, or forbid to. */
const numberingOptions = ["--disable-hot-restart", "--base-id", "--restart-epoch", "--use-dynamic-base-id"];

/**
 * How a process follows `previous`. The same program takes over by hot restart: the listening sockets are handed from process to
 * process, so that not even a connection waiting in their queues is lost. Another program (its shared memory may be laid out
 * differently) starts beside it and shares the ports (SO_REUSEPORT); connections that are in the old one's queue at the moment it
 * stops listening are reset.
 */
export function succession(
  previous: Launch | undefined,
  plan: { readonly binary: string; readonly args: readonly string[] },
  others: readonly Launch[],
  owner: { readonly name: string; readonly settings: { readonly directories: HostDirectories } },
): Launch {
  const { binary, args } = plan;
  if (args.some((argument) => numberingOptions.includes(argument.split("=")[0] ?? "")))
    return { binary, args, epoch: 0 };
  if (previous?.baseId !== undefined && previous.binary === binary) {
    return { binary, args, baseId: previous.baseId, epoch: previous.epoch + 1 };
  }
  const used = new Set([previous, ...others].map((launch) => launch?.baseId));
  let attempt = 0;
  while (used.has(baseIdOf(owner.settings.directories, owner.name, attempt))) attempt += 1;
  return { binary, args, baseId: baseIdOf(owner.settings.directories, owner.name, attempt), epoch: 0 };
}

const validationMs = 30_000;

/**
 * Lets Envoy check arguments and bootstrap without running. Returns its objection, or `undefined`. Done before a running Envoy is
 * replaced: a successor that fails half-way has already taken the predecessor's admin interface.
 */
export function validateLaunch(plan: {
  readonly binary: string;
  readonly args: readonly string[];
}): Promise<string | undefined> {
  const separate = plan.args.includes("--disable-hot-restart") ? [] : ["--disable-hot-restart"];
  return new Promise((resolve) => {
    execFile(
      plan.binary,
      [...plan.args, "--mode", "validate", ...separate],
      { timeout: validationMs },
      (error, stdout, stderr) => {
        resolve(error ? lastObjection(`${stdout}\n${stderr}`) || error.message : undefined);
      },
    );
  });
}

/** The most telling line of Envoy's output: its last error, else its last line. */
export function lastObjection(output: string): string {
  const lines = output.split("\n").filter((line) => line.trim() !== "");
  const parsed = lines.map((line) => parseLogLine(line, "info"));
  const objection = parsed.findLast((line) => line.level === "error") ?? parsed.at(-1);
  return objection?.message.trim() ?? "";
}
