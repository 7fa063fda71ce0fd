import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";

/** Names that the backend tells of itself, as a pod would. */
export interface EchoNames {
  readonly namespace: string;
  readonly ingress: string;
  readonly service: string;
  readonly pod: string;
}

/**
 * A backend that answers every request with 200 and a JSON description of it, in the shape of the echo backend that the Gateway
 * API's own examples use: path, host, method, protocol, headers, and the names it was started under.
 *
 * @param port 0 lets the system choose; the server's `address()` tells.
 */
export async function startEchoBackend(port: number, names: EchoNames): Promise<Server> {
  const server = createServer((request, response) => {
    request.resume();
    response.setHeader("content-type", "application/json");
    response.setHeader("x-content-type-options", "nosniff");
    response.end(`${JSON.stringify(describe(request, names), undefined, 1)}\n`);
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return server;
}

function describe(request: IncomingMessage, names: EchoNames): object {
  const headers: Record<string, string[]> = {};
  for (const [name, values] of Object.entries(request.headersDistinct)) {
    // Names as Go writes them: the shape that people know from the original's echo backend.
    if (name !== "host") headers[name.replace(/(^|-)[a-z]/g, (start) => start.toUpperCase())] = values ?? [];
  }
  return {
    path: request.url,
    host: request.headers.host,
    method: request.method,
    proto: `HTTP/${request.httpVersion}`,
    headers,
    ...names,
  };
}
