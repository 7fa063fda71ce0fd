import { readFile } from "node:fs/promises";
import { request } from "node:http";

/** Answers of Envoy's admin interface are local and quick; one that does not come means that Envoy is stuck. */
const timeoutMs = 2_000;

/** Status and body of one request to an Envoy's admin interface; `undefined` when it cannot be reached. */
export function askAdmin(
  address: string,
  method: "GET" | "POST",
  path: string,
): Promise<{ readonly status: number; readonly body: string } | undefined> {
  const colon = address.lastIndexOf(":");
  const host = address.slice(0, colon).replace(/^\[|\]$/g, "");
  return new Promise((resolve) => {
    const call = request(
      { host, port: Number(address.slice(colon + 1)), method, path, timeout: timeoutMs, agent: false },
      (response) => {
        const parts: Buffer[] = [];
        response.on("data", (part: Buffer) => parts.push(part));
        response.on("end", () =>
          resolve({ status: response.statusCode ?? 0, body: Buffer.concat(parts).toString("utf8") }),
        );
        response.on("error", () => resolve(undefined));
      },
    );
    call.on("timeout", () => call.destroy());
    call.on("error", () => resolve(undefined));
    call.end();
  });
}

/** The address an Envoy wrote into its `--admin-address-path`; `undefined` until it has. */
export async function readAdminAddress(path: string): Promise<string | undefined> {
  const text = (await readFile(path, "utf8").catch(() => "")).trim();
  return /:[1-9][0-9]*$/.test(text) ? text : undefined;
}

/**
 * Whether an Envoy has received its first configuration and accepts connections. `/ready` says yes a moment earlier, before the
 * workers listen.
 */
export async function isServing(address: string): Promise<boolean> {
  const answer = await askAdmin(address, "GET", "/stats?filter=%5Elistener_manager.workers_started%24");
  return answer?.body.trim() === "listener_manager.workers_started: 1";
}
