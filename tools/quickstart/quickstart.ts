/**
 * `make quickstart`: a gateway with a real Envoy and an echo backend on this machine, one request through them, and what to try
 * next. Runs until Ctrl-C, which stops all of it.
 */
import { once } from "node:events";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startEchoBackend } from "./echo-backend.ts";
import { GatewayProcess } from "./gateway-process.ts";
import { type PortPlan, planPorts } from "./needed-ports.ts";
import { busyPorts } from "./ports.ts";
import { type Answer, get } from "./request.ts";
import { exampleHost, successText } from "./texts.ts";
import { exampleState, prepareWorkspace } from "./workspace.ts";

/** How long the gateway and its Envoy may take to serve. */
const patienceMs = 60_000;
const root = join(import.meta.dirname, "../..");
/**
 * Which lines of the gateway are shown as well as kept: until it serves, those that say what is wrong; then what changes did as well, which
 * also tells what the log says of manifests.
 */
const notable = /^(?!\S+ (DEBUG|INFO) )/;
const afterwards = /^(?!\d{4}-\S+ (DEBUG|INFO|\S+ +provider) )/;
const nothing = /^$./;
const say = (text: string): void => void process.stdout.write(`${text}\n`);

/**
 * Waits until the gateway is ready and Envoy answers with 200, and says once a second that it does. An Envoy left behind by an earlier
 * run would answer before there is a gateway.
 */
async function firstAnswer(
  { requests: port, health }: PortPlan,
  gateway: GatewayProcess,
  start: number,
): Promise<Answer> {
  let told = 0;
  while (!gateway.isGone) {
    const isReady = (await get(health, "/readyz", "localhost"))?.status === 200;
    const answer = isReady ? await get(port, "/get", exampleHost) : undefined;
    if (answer?.status === 200) return answer;
    const seconds = Math.floor((performance.now() - start) / 1000);
    if (seconds > told) say(`quickstart: waiting for Envoy to serve … (${seconds} s)`);
    told = seconds;
    if (performance.now() - start > patienceMs) {
      throw new Error(`no answer from port ${port} after ${patienceMs / 1000} s; the lines above may say why.`);
    }
    await sleep(50);
  }
  throw new Error(`the gateway has ended (${await gateway.ended}); the lines above say why.`);
}

async function quickstart(): Promise<void> {
  const start = performance.now();
  const plan = planPorts(process.env);
  const state = process.env["STATE_DIR"] || exampleState;
  const busy = await busyPorts(plan.needed, resolve(root, state, "runtime"));
  if (busy.length > 0) throw new Error(busy.join("\nquickstart: "));
  const workspace = prepareWorkspace(root, plan, state);
  const stopped = Promise.race(["SIGINT", "SIGTERM", "SIGHUP"].map((signal) => once(process, signal))).then(
    () => "stop" as const,
  );

  const names = { namespace: "default", ingress: "", service: "", pod: "backend" };
  const backend = await startEchoBackend(plan.backend, names);
  say(`quickstart: echo backend on port ${plan.backend}; starting the gateway on ${workspace.objects}`);
  let shown = notable;
  const logFile = resolve(root, state, "state/logs/envoy-gateway.log");
  const gateway = new GatewayProcess({
    root,
    args: ["server", "--config-path", workspace.config, "--tell-changes", ...plan.serverFlags],
    compileCache: resolve(root, state, "compile-cache"),
    logFile,
    onLine: (line) => {
      if (shown.test(line)) say(`  ${line}`);
    },
  });
  try {
    const answer = await Promise.race([firstAnswer(plan, gateway, start), stopped]);
    if (answer !== "stop") {
      say(`quickstart: serving after ${((performance.now() - start) / 1000).toFixed(1)} s`);
      say(successText(answer, plan.requests, plan.admin, workspace));
      shown = afterwards;
      const reason = await Promise.race([gateway.ended, stopped]);
      if (reason !== "stop")
        throw new Error(`the gateway has ended (${reason}); its last lines are above and in ${logFile}.`);
    }
    shown = nothing;
    say("\nquickstart: stopping …");
  } finally {
    const isClean = await gateway.stop();
    backend.close();
    backend.closeAllConnections();
    if (!isClean) {
      say("quickstart: the gateway did not stop in time and was killed; its Envoy may still run.");
      process.exitCode = 1;
    }
  }
  say("quickstart: stopped.");
}

try {
  await quickstart();
} catch (error) {
  process.stderr.write(`quickstart: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
