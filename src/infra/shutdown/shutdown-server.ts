import { existsSync } from "node:fs";
import { createServer, type Server, type ServerResponse } from "node:http";

export interface ShutdownServerOptions {
  /** How long `/shutdown/ready` waits. */
  readonly readyTimeoutMs: number;
  readonly readyFile: string;
  /** Default: 1 s. */
  readonly pollMs?: number | undefined;
}

/**
 * `GET /healthz` says that it lives. `GET /shutdown/ready` is the hook that Kubernetes calls before it ends Envoy: the answer comes when the
 * drain has written the ready file (200) or the time is over (500), and only then Envoy is told to end.
 */
export function createShutdownServer({ readyTimeoutMs, readyFile, pollMs = 1_000 }: ShutdownServerOptions): Server {
  return createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    if (pathname === "/healthz") answer(response, 200);
    else if (pathname === "/shutdown/ready")
      waitForFile(response, performance.now() + readyTimeoutMs, readyFile, pollMs);
    else answer(response, 404);
  });
}

function waitForFile(response: ServerResponse, endsAt: number, file: string, pollMs: number): void {
  const look = (): void => {
    if (response.destroyed) return;
    if (existsSync(file)) answer(response, 200);
    else if (performance.now() >= endsAt) answer(response, 500);
    else setTimeout(look, pollMs);
  };
  look();
}

function answer(response: ServerResponse, status: number): void {
  response.writeHead(status, { connection: "close" }).end();
}
