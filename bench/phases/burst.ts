/** A thousand routes at once: in one file, then in as many files; and what is left of the memory when they go. */
import { backendManifest, routeManifest, ruleManifest, sample } from "../manifests.ts";
import { quiet, usage } from "../processes.ts";
import { allServed, isNotFound, watch } from "../watch.ts";
import type { PhaseContext } from "./context.ts";

const size = 1000;
const all = Array.from({ length: size }, (_, index) => index);
const hostname = (index: number) => `burst-${index}.bench.test`;
const route = (index: number) => routeManifest(`burst-${index}`, hostname(index), ruleManifest("burst"));

export async function burst(context: PhaseContext): Promise<void> {
  const { manifests, backends } = context;
  manifests.put("burst-backend.yaml", backendManifest("burst", backends[0] ?? 0));
  await oneBurst(context, "one file", [["burst.yaml", all.map(route).join("")]]);
  const files = all.map((index): [string, string] => [`burst-${index}.yaml`, route(index)]);
  await oneBurst(context, "1,000 files", files);
  manifests.remove("burst-backend.yaml");
}

async function oneBurst(context: PhaseContext, how: string, files: readonly [string, string][]): Promise<void> {
  const { manifests, port, pid, add } = context;
  await quiet(pid);
  const steps = files.map(([name, text]) => manifests.prepare(name, text));
  const before = usage(pid).controlPlane.cpuMs;
  const begun = performance.now();
  for (const step of steps) step();
  const value = await allServed(port, sample(size).map(hostname), begun);
  await quiet(pid);
  add({ name: `burst of 1,000 routes in ${how}: all served`, unit: "ms", value });
  const cpuMs = usage(pid).controlPlane.cpuMs - before;
  add({ name: `burst of 1,000 routes in ${how}: CPU of control plane`, unit: "ms", value: cpuMs });
  for (const [name] of files) manifests.remove(name);
  for (const index of sample(size)) await watch(port, hostname(index), isNotFound);
}

/** Takes all routes away and reads the memory that stays. */
export async function memory({ manifests, routes, port, pid, add }: PhaseContext): Promise<void> {
  await quiet(pid);
  const before = usage(pid);
  manifests.clear();
  for (const index of sample(routes)) await watch(port, `r${index}.bench.test`, isNotFound);
  await quiet(pid);
  const after = usage(pid);
  add({ name: "memory of control plane, with routes", unit: "MB", value: before.controlPlane.rssMb });
  add({ name: "memory of control plane, routes gone", unit: "MB", value: after.controlPlane.rssMb });
  add({ name: "memory of Envoy, with routes", unit: "MB", value: before.envoy.rssMb });
  add({ name: "memory of Envoy, routes gone", unit: "MB", value: after.envoy.rssMb });
}
