import { get, type RequestOptions } from "node:http";
import type { Duplex } from "node:stream";
import { CommandError } from "../context.ts";

/** An admin server to be asked: a control plane's or an Envoy's, on this machine or in a pod. */
export interface AdminServer {
  /** As messages name it, e.g. `http://127.0.0.1:19000` or `port 19000 of pod default/web`. */
  readonly name: string;
  /** `host:port` on this machine; in a pod only a path to it counts. */
  readonly address?: string;
  /** Opens a connection to it. Default: TCP to the address. */
  readonly connect?: () => Promise<Duplex>;
  /** What to do when nothing answers, as a sentence. */
  readonly advice: string;
}

/** The admin server at an address of this machine or another one that is reached directly. */
export function adminAt(address: string): AdminServer {
  return {
    name: `http://${address}`,
    address,
    advice: "Does the control plane run, and is this its admin address (--admin)?",
  };
}

/** JSON from a path of an admin server, ours or Envoy's. Throws a {@link CommandError} in one line. */
export async function askJson(server: AdminServer, path: string): Promise<unknown> {
  const { status, body } = await ask(server, path);
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw new CommandError(`${server.name}: ${path} answered with something else than JSON (status ${status}).`);
  }
  if (status === 200) return value;
  const message =
    typeof value === "object" && value !== null && "error" in value ? String(value.error) : `status ${status}`;
  throw new CommandError(`${server.name}: ${path}: ${message}`);
}

/** Text from a path of an admin server. Throws a {@link CommandError} in one line. */
export async function askText(server: AdminServer, path: string): Promise<string> {
  const { status, body } = await ask(server, path);
  if (status === 200) return body;
  throw new CommandError(`${server.name}: ${path}: status ${status}`);
}

/** Silence of this length, in milliseconds, ends a request. */
const timeoutMs = 10_000;

async function ask(server: AdminServer, path: string): Promise<{ readonly status: number; readonly body: string }> {
  const { name, address = "localhost", connect, advice } = server;
  const unreachable = (reason: string): CommandError =>
    new CommandError(`Nothing answers at ${name} (${reason}). ${advice}`);
  if (!URL.canParse(`http://${address}${path}`)) throw unreachable("this is no host:port");
  const stream = await connect?.();
  let silence: NodeJS.Timeout | undefined;
  try {
    return await new Promise((resolve, reject) => {
      const fail = (error: NodeJS.ErrnoException): void => reject(unreachable(error.code ?? error.message));
      const options: RequestOptions = stream ? { createConnection: () => stream } : { agent: false };
      const call = get(`http://${address}${path}`, options, (response) => {
        const parts: Buffer[] = [];
        response.on("data", (part: Buffer) => {
          parts.push(part);
          silence?.refresh();
        });
        response.on("end", () =>
          resolve({ status: response.statusCode ?? 0, body: Buffer.concat(parts).toString("utf8") }),
        );
        response.on("error", fail);
      });
      call.on("error", fail);
      silence = setTimeout(() => call.destroy(new Error("no answer in time")), timeoutMs);
    });
  } finally {
    clearTimeout(silence);
    stream?.destroy();
  }
}
