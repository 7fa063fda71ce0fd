import { get } from "node:http";
import { type Command, Option } from "commander";
import { type CliContext, CommandError } from "../context.ts";

/** How to find the admin server of a control plane. */
export interface AdminOptions {
  readonly admin?: string;
  readonly stateDir?: string;
}

/** Adds the options of commands that ask a control plane's admin server. */
export function withAdminOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        "--admin <host:port>",
        "the control plane's admin server (default: 127.0.0.1:19000, or as --state-dir tells)",
      ),
    )
    .addOption(
      new Option("--state-dir <directory>", "directory that `envoy-gateway run` was given with its --state-dir"),
    );
}

const usualAdmin = "127.0.0.1:19000";

/** Address of the admin server: as given, as the running control plane wrote it down, or the usual one. */
export async function findAdmin({ admin, stateDir }: AdminOptions, context: CliContext): Promise<string> {
  if (admin !== undefined) return admin;
  const { join, resolve } = await import("node:path");
  const { hostDirectories } = await import("../../infra/host/directories.ts");
  const { runningInstance } = await import("../../server/instance.ts");
  const runtimeDir =
    stateDir === undefined ? hostDirectories().runtimeDir : join(resolve(context.cwd, stateDir), "run");
  return (await runningInstance(runtimeDir))?.admin ?? usualAdmin;
}

/** JSON from a path of an admin server, ours or Envoy's. Throws a {@link CommandError} in one line. */
export async function askJson(address: string, path: string): Promise<unknown> {
  const { status, body } = await ask(address, path);
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw new CommandError(`http://${address}${path} answered with something else than JSON (status ${status}).`);
  }
  if (status === 200) return value;
  const message =
    typeof value === "object" && value !== null && "error" in value ? String(value.error) : `status ${status}`;
  throw new CommandError(`http://${address}${path}: ${message}`);
}

const timeoutMs = 10_000;

function ask(address: string, path: string): Promise<{ readonly status: number; readonly body: string }> {
  return new Promise((resolve, reject) => {
    const unreachable = (reason: string): void =>
      reject(
        new CommandError(
          `Nothing answers at http://${address} (${reason}). Does the control plane run, and is this its admin address (--admin)?`,
        ),
      );
    if (!URL.canParse(`http://${address}${path}`)) return unreachable("this is no host:port");
    const call = get(`http://${address}${path}`, { timeout: timeoutMs, agent: false }, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part));
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(parts).toString("utf8") }),
      );
      response.on("error", (error) => unreachable(error.message));
    });
    call.on("timeout", () => call.destroy(new Error("no answer in time")));
    call.on("error", (error: NodeJS.ErrnoException) => unreachable(error.code ?? error.message));
  });
}
