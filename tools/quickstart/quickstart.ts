/**
 * `make quickstart`: a gateway with a real Envoy and an echo backend on this machine, one request through them, and what to try
 * next. Runs until Ctrl-C, which stops all of it.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { root } from "../lint/check.ts";
import { startEchoBackend } from "./echo-backend.ts";
import { busyPorts, type NeededPort } from "./ports.ts";
import { type Answer, get } from "./request.ts";
import { examplePorts, prepareWorkspace, type QuickstartPorts, type Workspace } from "./workspace.ts";

const host = "www.example.com";
/** How long the gateway and its Envoy may take to serve. */
const patienceMs = 60_000;
/** How long the gateway may take to stop: it hears Ctrl-C itself; after this long it is told, and after as long again, killed. */
const stopPatienceMs = 5_000;

const ports: QuickstartPorts = {
  requests: Number(process.env["PORT"] || examplePorts.requests),
  backend: Number(process.env["BACKEND_PORT"] || examplePorts.backend),
};

function neededPorts(): NeededPort[] {
  const another = (name: string, port: number) => `Choose another: make quickstart ${name}=${port}`;
  const control = "Is another envoy-gateway running? Stop it first.";
  return [
    { port: ports.requests, use: "for requests", otherwise: another("PORT", ports.requests + 1) },
    { port: ports.backend, use: "for the echo backend", otherwise: another("BACKEND_PORT", ports.backend + 1) },
    { port: 18000, use: "for the gateway's xDS server", otherwise: control },
    { port: 19000, use: "for the gateway's admin server", otherwise: control },
    { port: 19001, use: "for the gateway's metrics", otherwise: control },
    { port: 8081, use: "for the gateway's health checks", otherwise: control },
  ];
}

/** Waits until a request is answered with 200; says nothing came when the gateway ends or patience does. */
async function firstAnswer(gateway: ChildProcess): Promise<Answer> {
  const deadline = performance.now() + patienceMs;
  while (performance.now() < deadline) {
    if (gateway.exitCode !== null || gateway.signalCode !== null)
      throw new Error("the gateway has stopped; its last lines above say why.");
    const answer = await get(ports.requests, "/get", host);
    if (answer?.status === 200) return answer;
    await setTimeout(100);
  }
  throw new Error(
    `no answer from port ${ports.requests} after ${patienceMs / 1000} s; the gateway's lines above may say why.`,
  );
}

function showSuccess(answer: Answer, workspace: Workspace): void {
  const curl = (path: string) => `curl --header "Host: ${host}" http://localhost:${ports.requests}${path}`;
  process.stdout.write(`
It serves. This request went through Envoy to the echo backend:

  ${curl("/get")}

HTTP/1.1 ${answer.status}
${answer.body}
Try next:
  - Send it yourself, in another terminal. Another host, which no route has, gets 404:
      curl --include --header "Host: other.example.com" http://localhost:${ports.requests}/get
  - Edit ${workspace.resources}/quickstart.yaml, for example the path below \`matches\`, and save: the change is served at once.
  - See what Envoy was told: curl http://127.0.0.1:19000/api/config_dump
Stop with Ctrl-C.
`);
}

/** Ends the gateway, which ends its Envoy: waits for it to do so by itself, then asks, then insists. */
async function stop(gateway: ChildProcess, hasHeard: boolean): Promise<void> {
  if (gateway.exitCode !== null || gateway.signalCode !== null) return;
  const ended = once(gateway, "exit");
  if (hasHeard) await Promise.race([ended, setTimeout(stopPatienceMs, undefined, { ref: false })]);
  gateway.kill("SIGTERM");
  await Promise.race([ended, setTimeout(stopPatienceMs, undefined, { ref: false })]);
  gateway.kill("SIGKILL");
  await ended;
}

async function quickstart(): Promise<void> {
  const busy = await busyPorts(neededPorts());
  if (busy.length > 0) throw new Error(busy.join("\n"));
  const workspace = prepareWorkspace(ports);
  const backend = await startEchoBackend(ports.backend, { namespace: "default", pod: "backend" });
  const args = [join(root, "src/cli/envoy-gateway.ts"), "server", "--config-path", workspace.config];
  const gateway = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", "--max-semi-space-size=4", ...args],
    {
      cwd: root,
      stdio: ["ignore", "inherit", "inherit"],
    },
  );
  // Ctrl-C in a terminal reaches the gateway as well; SIGTERM reaches us only.
  const signal = Promise.race([once(process, "SIGINT").then(() => true), once(process, "SIGTERM").then(() => false)]);
  try {
    const answer = await Promise.race([firstAnswer(gateway), signal]);
    if (typeof answer === "object") {
      showSuccess(answer, workspace);
      const isStopped = await Promise.race([once(gateway, "exit").then(() => "gateway" as const), signal]);
      if (isStopped === "gateway") throw new Error("the gateway has stopped; its last lines above say why.");
    }
    process.stdout.write("\nStopping…\n");
    await stop(gateway, await signal);
    process.stdout.write("Stopped.\n");
  } finally {
    await stop(gateway, false);
    backend.close();
    backend.closeAllConnections();
  }
}

try {
  await quickstart();
} catch (error) {
  process.stderr.write(`quickstart: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
