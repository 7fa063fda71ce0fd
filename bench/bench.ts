/** `make bench`: measures how fast changes are served and what they cost. README.md says what each figure means. */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { freePorts } from "../src/testing/free-ports.ts";
import { measureBurst } from "./phases/burst.ts";
import { measureDataplane } from "./phases/dataplane.ts";
import { measureErrors } from "./phases/errors.ts";
import { measureFloor } from "./phases/floor.ts";
import { measureListenerSets } from "./phases/listener-sets.ts";
import { measureListeners } from "./phases/listeners.ts";
import { measureMemory } from "./phases/memory.ts";
import { measurePropagation } from "./phases/propagate.ts";
import { measureStart } from "./phases/start.ts";
import { startBackends } from "./processes/backends.ts";
import type { GatewayUnderTest } from "./processes/gateway.ts";
import { Processes } from "./processes/processes.ts";
import { findEnvoy, findProgram, root, versionOf } from "./program.ts";
import { verdictOf } from "./report/figure.ts";
import { figuresOf } from "./report/figures.ts";
import { tableOf } from "./report/table.ts";
import type { Result, SizeResult } from "./results.ts";
import { Run } from "./run.ts";
import { type Phase, readSettings } from "./settings.ts";
import type { Setup } from "./setup.ts";

/** Backends, each on a port of its own. */
const backendCount = 4;
/** Phases for which a gateway is started. */
const gatewayPhases: readonly Phase[] = ["start", "propagate", "errors", "burst", "memory"];
const run = new Run("bench");

/** All phases with one number of routes. */
async function measureSize(setup: Setup, routes: number, size: SizeResult, save: () => void): Promise<void> {
  const { phases, starts } = setup.settings;
  const label = `${routes} routes`;
  if (phases.has("floor")) {
    run.say(`${label}: floor`);
    size.floor = await measureFloor(setup, routes);
    save();
  }
  if (!gatewayPhases.some((phase) => phases.has(phase))) return;
  run.say(`${label}: start`);
  const { gateway, result } = await measureStart(setup, routes, phases.has("start") ? starts : 1);
  size.start = result;
  save();
  await measureRunning(setup, gateway, routes, size, save);
  await gateway.stop();
}

/** The phases that need a gateway which serves. */
async function measureRunning(
  setup: Setup,
  gateway: GatewayUnderTest,
  routes: number,
  size: SizeResult,
  save: () => void,
): Promise<void> {
  const measures: readonly (readonly [Phase, () => Promise<Partial<SizeResult>>])[] = [
    ["propagate", async () => ({ propagate: await measurePropagation(setup, gateway) })],
    ["errors", async () => ({ errors: await measureErrors(setup, gateway, routes) })],
    ["burst", async () => ({ burst: await measureBurst(setup, gateway) })],
    ["memory", async () => ({ memory: await measureMemory(setup, gateway, routes) })],
  ];
  for (const [phase, measure] of measures) {
    if (!setup.settings.phases.has(phase)) continue;
    setup.say(`${routes} routes: ${phase}`);
    Object.assign(size, await measure());
    save();
  }
}

async function measureAll(setup: Setup, result: Result, save: () => void): Promise<void> {
  const { settings } = setup;
  await startBackends(setup.processes, setup.envoy, setup.work, setup.backendPorts);
  for (const routes of settings.routes) {
    const size: SizeResult = {};
    result.sizes[routes] = size;
    await measureSize(setup, routes, size, save);
  }
  if (settings.phases.has("dataplane")) await measurePrefixes(setup, result);
  save();
  if (settings.phases.has("listeners")) result.listeners = await measureListeners(setup);
  save();
  if (settings.phases.has("listener-sets")) result.listenerSets = await measureListenerSets(setup);
  save();
}

async function measurePrefixes(setup: Setup, result: Result): Promise<void> {
  const { settings } = setup;
  const sizes = [...new Set([settings.routes[0] ?? 0, settings.routes.at(-1) ?? 0])];
  run.say(`data plane, ${sizes.join(" and ")} prefixes`);
  result.dataplane = await measureDataplane(setup, sizes);
}

async function bench(): Promise<void> {
  const settings = readSettings(process.env);
  const program = findProgram(settings.program, run.say);
  const envoy = findEnvoy(settings.envoy);
  const result: Result = {
    when: new Date().toISOString(),
    machine: `${cpus().length} × ${cpus()[0]?.model ?? "?"}, Node ${process.version}`,
    program: versionOf(program, ["version"]),
    envoy: versionOf(envoy, ["--version"]),
    sizes: {},
  };
  const work = mkdtempSync(join(tmpdir(), "envoy-gateway-bench-"));
  const processes = new Processes(work);
  const cleanUp = async (): Promise<void> => {
    await processes.stopAll();
    rmSync(work, { recursive: true, force: true });
  };
  run.onInterruption(cleanUp);
  const out = resolve(root, settings.out);
  const save = (): void => saveResult(out, result);
  const backendPorts = await freePorts(backendCount);
  try {
    await measureAll({ settings, program, envoy, work, processes, backendPorts, say: run.say }, result, save);
  } finally {
    await cleanUp();
    const figures = figuresOf(result);
    if (figures.length > 0) process.stdout.write(tableOf(figures));
    if (existsSync(out)) run.say(`the result is in ${out}`);
  }
}

/** Written after each phase, so that a run that breaks off keeps what it had. */
function saveResult(out: string, result: Result): void {
  const figures = figuresOf(result).map((figure) => ({ ...figure, verdict: verdictOf(figure) }));
  mkdirSync(dirname(out), { recursive: true });
  writeFileSync(out, `${JSON.stringify({ ...result, figures }, null, 2)}\n`);
}

await run.start(bench);
