import type { KubeObject } from "../../src/api/object.ts";
import { backend, httpRoute } from "../manifests.ts";
import type { GatewayUnderTest } from "../processes/gateway.ts";
import { updatesBetween } from "../processes/updates.ts";
import type { PropagateResult } from "../results.ts";
import { portOf, type Setup } from "../setup.ts";
import { summarize } from "../statistics.ts";
import { ChangeLog, changesOf, type TimedChange } from "./changes.ts";

/** One route, in a file of its own, appears, changes and goes; the system is quiet before each change. */
export async function measurePropagation(setup: Setup, gateway: GatewayUnderTest): Promise<PropagateResult> {
  // Routes without a new cluster go to these, which other routes keep in use.
  gateway.put("steady.yaml", [
    ...["first", "second"].map((name, index) => backend(`steady-${name}`, [portOf(setup, index)])),
    ...["first", "second"].map((name) =>
      httpRoute(`steady-${name}`, `${name}.bench.test`, [{ prefix: "/", backend: `steady-${name}` }]),
    ),
  ]);
  await gateway.settled();
  const updatesBefore = await gateway.updates();
  const log = new ChangeLog();
  const cpu = { controlPlane: [] as number[], envoy: [] as number[] };
  for (let repetition = 0; repetition < setup.settings.repetitions; repetition++) {
    for (const change of changesOf(repetition, { first: "b0", second: "b1" })) {
      const file = `change-${change.hostname}.yaml`;
      const objects = objectsOf(setup, change);
      const make = objects === undefined ? () => gateway.remove(file) : gateway.prepare(file, objects);
      const before = gateway.usage();
      await log.time(gateway, change, make);
      await gateway.quiet();
      const after = gateway.usage();
      cpu.controlPlane.push(after.controlPlaneCpuMs - before.controlPlaneCpuMs);
      cpu.envoy.push(after.envoyCpuMs - before.envoyCpuMs);
    }
  }
  const usage = gateway.usage();
  const updates = Object.entries(updatesBetween(updatesBefore, await gateway.updates()));
  gateway.remove("steady.yaml");
  return {
    changes: log.summary(),
    wrong: log.wrong,
    controlPlaneCpuMsPerChange: summarize(cpu.controlPlane),
    envoyCpuMsPerChange: summarize(cpu.envoy),
    controlPlaneMb: usage.controlPlaneMb,
    envoyMb: usage.envoyMb,
    updatesPerChange: Object.fromEntries(updates.map(([kind, count]) => [kind, count / log.count])),
  };
}

/** The file after this change; nothing when it is to go. */
function objectsOf(setup: Setup, { kind, hostname, after }: TimedChange): KubeObject[] | undefined {
  if (after === undefined) return undefined;
  const index = after === "b1" ? 1 : 0;
  const name = hostname.replaceAll(".", "-");
  const steady = index === 0 ? "steady-first" : "steady-second";
  const own = `${name}-${index}`;
  const isNew = kind.endsWith("with cluster");
  const route = httpRoute(name, hostname, [{ prefix: "/", backend: isNew ? own : steady }]);
  return isNew ? [backend(own, [portOf(setup, index)]), route] : [route];
}
