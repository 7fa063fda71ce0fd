import type { IncomingMessage, ServerResponse } from "node:http";

/** What a request is answered with. */
export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

export function textAnswer(status: number, body: string): Answer {
  return { status, contentType: "text/plain; charset=utf-8", body };
}

export function jsonAnswer(value: unknown, status = 200): Answer {
  return { status, contentType: "application/json", body: `${JSON.stringify(value, undefined, 2)}\n` };
}

/** Answers requests to one path; `url` has the request's parameters. */
export type Handler = (url: URL, request: IncomingMessage) => Answer | Promise<Answer>;

/**
 * A request listener for a table of paths, all of which are read only: methods other than GET and HEAD are answered with 405.
 * A handler that throws is answered with 500 and told to `onFailure`.
 */
export function serveReadOnly(
  paths: ReadonlyMap<string, Handler>,
  onFailure: (error: unknown, path: string) => void,
): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    const url = new URL(request.url ?? "/", "http://localhost");
    void answerTo(paths, url, request)
      .catch((error: unknown) => {
        onFailure(error, url.pathname);
        return textAnswer(500, "This request failed because of a mistake of the program; its log has the details.\n");
      })
      .then((answer) => {
        response.writeHead(answer.status, {
          "content-type": answer.contentType,
          "content-length": Buffer.byteLength(answer.body),
          "cache-control": "no-store",
          ...answer.headers,
        });
        response.end(request.method === "HEAD" ? undefined : answer.body);
      });
  };
}

async function answerTo(paths: ReadonlyMap<string, Handler>, url: URL, request: IncomingMessage): Promise<Answer> {
  const path = url.pathname.length > 1 ? url.pathname.replace(/\/$/, "") : url.pathname;
  const handler = paths.get(path);
  if (handler === undefined)
    return textAnswer(404, `There is nothing at ${url.pathname}. Available: ${[...paths.keys()].join(", ")}\n`);
  if (request.method !== "GET" && request.method !== "HEAD") {
    return { ...textAnswer(405, `${url.pathname} can only be read (GET).\n`), headers: { allow: "GET, HEAD" } };
  }
  return handler(url, request);
}
