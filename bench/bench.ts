/** `make bench`: how fast changes are served and what they cost. See README.md beside this. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { type Backends, startBackends } from "./backends.ts";
import { ensureBuilt, startGateway } from "./gateway.ts";
import { hostnameOf, Manifests, sample } from "./manifests.ts";
import { readOptions } from "./options.ts";
import { burst, memory } from "./phases/burst.ts";
import type { FloorFigures, PhaseContext } from "./phases/context.ts";
import { dataplane, hasWrk } from "./phases/dataplane.ts";
import { errors } from "./phases/errors.ts";
import { measureFloor } from "./phases/floor.ts";
import { propagate } from "./phases/propagate.ts";
import { freePorts } from "./ports.ts";
import { stop } from "./processes.ts";
import { type Figure, table } from "./table.ts";
import { allServed, isOk, watch } from "./watch.ts";

/** Time in which a gateway is to serve everything after its start, in ms. */
const startTargetMs = 10_000;
const results = join(import.meta.dirname, "results");

const options = readOptions(process.env);
const figures: Figure[] = [];
const say = (text: string) => void process.stderr.write(`${text}\n`);
const withWrk = options.phases.has("dataplane") && hasWrk();
if (options.phases.has("dataplane") && !withWrk) say("Phase dataplane is left out: there is no wrk on the PATH.");

const root = mkdtempSync(join(tmpdir(), "eg-bench-"));
/** What runs, ended last to first at the end and on Ctrl-C. */
const running: (() => Promise<void>)[] = [];
const cleanUp = async () => {
  for (const end of running.splice(0).reverse()) await end();
  rmSync(root, { recursive: true, force: true });
};
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => void cleanUp().finally(() => process.exit(130)));
}

try {
  ensureBuilt();
  const backends = await startBackends(root);
  running.push(() => stop(backends.process));
  for (const routes of options.routes) await measureSize(routes, backends);
} finally {
  await cleanUp();
}
process.stdout.write(table(figures));

/** All phases with one number of routes. */
async function measureSize(routes: number, backends: Backends): Promise<void> {
  const work = join(root, String(routes));
  mkdirSync(work);
  const add = (figure: Omit<Figure, "routes">) => void figures.push({ routes, ...figure });
  let floor: FloorFigures = {};
  if (options.phases.has("floor")) {
    say(`${routes} routes: floor`);
    const task = { root: work, routes, reps: options.reps, backends: backends.ports, dataplane: withWrk };
    floor = await measureFloor(task);
  }
  const [port = 0] = await freePorts(1);
  const manifests = new Manifests(work);
  manifests.fill(port, routes, backends.ports);
  say(`${routes} routes: start`);
  const begun = performance.now();
  const gateway = startGateway(work, manifests.directory);
  running.push(() => stop(gateway));
  const first = await watch(port, hostnameOf(0), isOk, undefined, begun);
  const value = await allServed(port, sample(routes).map(hostnameOf), begun);
  if (options.phases.has("start")) {
    add({ name: "start: first 200", unit: "ms", value: first.ms });
    const compared = floor.start === undefined ? {} : { floor: floor.start };
    add({ name: "start: all served", unit: "ms", value, ...compared, target: startTargetMs });
  }
  save();
  const pid = gateway.pid ?? 0;
  await runPhases({ routes, reps: options.reps, port, backends: backends.ports, manifests, pid, floor, add });
  await running.pop()?.();
}

async function runPhases(context: PhaseContext): Promise<void> {
  const phases = { propagate, errors, dataplane, burst, memory };
  for (const name of ["propagate", "errors", "dataplane", "burst", "memory"] as const) {
    if (!options.phases.has(name) || (name === "dataplane" && !withWrk)) continue;
    say(`${context.routes} routes: ${name}`);
    await phases[name](context);
    save();
  }
}

/** Written after each phase, so that a run that is broken off keeps what it had. */
function save(): void {
  mkdirSync(results, { recursive: true });
  const machine = { cpus: cpus().length, cpu: cpus()[0]?.model ?? "", node: process.version };
  const result = { machine, reps: options.reps, figures };
  writeFileSync(join(results, "latest.json"), `${JSON.stringify(result, undefined, 2)}\n`);
}
