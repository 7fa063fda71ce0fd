/** One file appears, is replaced, and goes; each time until a new connection sees it. */
import { setTimeout as sleep } from "node:timers/promises";
import { backendManifest, routeManifest, ruleManifest } from "../manifests.ts";
import { quiet, usage } from "../processes.ts";
import { spread } from "../table.ts";
import { isFrom, isNotFound, type Watched, watch } from "../watch.ts";
import { changeTarget, type PhaseContext } from "./context.ts";

/** Most memory the control plane may have after the changes, in MB. */
const memoryTargetMb = 300;

export async function propagate(context: PhaseContext): Promise<void> {
  const { port, pid, manifests, reps, floor, add } = context;
  const [first = 0, second = 0] = context.backends;
  const added: Watched[] = [];
  const changed: Watched[] = [];
  const removed: Watched[] = [];
  await quiet(pid);
  const before = usage(pid);
  for (let rep = 0; rep < reps; rep++) {
    const hostname = `extra-${rep}.bench.test`;
    const file = (backend: string, to: number) =>
      routeManifest("extra", hostname, ruleManifest(backend)) + backendManifest(backend, to);
    const appear = manifests.prepare("extra.yaml", file("extra-one", first));
    let begun = performance.now();
    appear();
    added.push(await watch(port, hostname, isFrom("b0"), isNotFound, begun));
    await sleep(100);
    const replace = manifests.prepare("extra.yaml", file("extra-two", second));
    begun = performance.now();
    replace();
    changed.push(await watch(port, hostname, isFrom("b1"), isFrom("b0"), begun));
    await sleep(100);
    begun = performance.now();
    manifests.remove("extra.yaml");
    removed.push(await watch(port, hostname, isNotFound, isFrom("b1"), begun));
    await sleep(100);
  }
  await quiet(pid);
  const after = usage(pid);
  const times = (watched: readonly Watched[]) => spread(watched.map(({ ms }) => ms));
  add({ name: "change: route and backend appear", unit: "ms", ...times(added), ...changeTarget(floor.add) });
  add({ name: "change: route gets other backend", unit: "ms", ...times(changed), ...changeTarget(floor.change) });
  add({ name: "change: route goes", unit: "ms", ...times(removed), ...changeTarget(floor.remove) });
  const wrong = [...added, ...changed, ...removed].reduce((total, watched) => total + watched.wrong, 0);
  add({ name: "change: wrong answers on the way", unit: "", value: wrong, target: 0 });
  for (const part of ["controlPlane", "envoy"] as const) {
    const name = part === "envoy" ? "Envoy" : "control plane";
    const value = (after[part].cpuMs - before[part].cpuMs) / (3 * reps);
    const memory = part === "envoy" ? {} : { target: memoryTargetMb };
    add({ name: `change: CPU of ${name}`, unit: "ms", value });
    add({ name: `change: memory of ${name} after`, unit: "MB", value: after[part].rssMb, ...memory });
  }
}
