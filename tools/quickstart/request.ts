import { request } from "node:http";
import { text } from "node:stream/consumers";

export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** Sends a GET to a port of this machine with the given Host header; nothing when no answer comes within a second. */
export function get(port: number, path: string, host: string): Promise<Answer | undefined> {
  return new Promise((resolve) => {
    const sent = request(
      { host: "127.0.0.1", port, path, headers: { host }, agent: false, timeout: 1_000 },
      (response) => {
        text(response).then(
          (body) => resolve({ status: response.statusCode ?? 0, body }),
          () => resolve(undefined),
        );
      },
    );
    sent.on("timeout", () => sent.destroy());
    sent.on("error", () => resolve(undefined));
    sent.end();
  });
}
