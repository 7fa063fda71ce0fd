/** The few requests to a cluster's API server that its own tools make. */
import { readFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { Agent, request } from "node:https";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { json } from "node:stream/consumers";

/** An event of a watch: https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes */
export interface WatchEvent<T> {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  readonly object: T;
}

/** How long a request other than a watch may take. */
const patienceMs = 10_000;

export class ApiClient {
  readonly #server: string;
  readonly #agent: Agent;

  /** As the cluster's administrator, with the certificate in `pki`. */
  constructor(server: string, pki: string) {
    const read = (name: string): Buffer => readFileSync(join(pki, name));
    this.#server = server;
    this.#agent = new Agent({ keepAlive: true, ca: read("ca.crt"), cert: read("admin.crt"), key: read("admin.key") });
  }

  /** Rejects when there is no answer, or one that says no. */
  async get<T>(path: string): Promise<T> {
    return (await json(await this.#send("GET", path))) as T;
  }

  /** Whether the path is answered with success; what is not there yet is no error. */
  async answers(path: string): Promise<boolean> {
    try {
      (await this.#send("GET", path)).resume();
      return true;
    } catch {
      return false;
    }
  }

  /** JSON merge patch (RFC 7386). */
  async patch(path: string, body: object): Promise<void> {
    (await this.#send("PATCH", path, body)).resume();
  }

  /** What happens after a list, until the server ends the watch. */
  async *watch<T>(path: string): AsyncGenerator<WatchEvent<T>> {
    const answer = await this.#send("GET", path);
    for await (const line of createInterface({ input: answer })) yield JSON.parse(line) as WatchEvent<T>;
  }

  #send(method: string, path: string, body?: object): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const headers = body ? { "content-type": "application/merge-patch+json" } : {};
      const sent = request(`${this.#server}${path}`, { method, headers, agent: this.#agent });
      const timer = setTimeout(() => sent.destroy(new Error(`no answer to ${method} ${path}`)), patienceMs);
      sent.on("error", (error) => {
        clearTimeout(timer);
        reject(error);
      });
      sent.on("response", (answer) => {
        clearTimeout(timer);
        if (answer.statusCode !== undefined && answer.statusCode < 300) return resolve(answer);
        answer.resume();
        reject(new Error(`${method} ${path} was answered with ${answer.statusCode}`));
      });
      sent.end(body && JSON.stringify(body));
    });
  }
}
