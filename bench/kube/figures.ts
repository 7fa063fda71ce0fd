/** The figures of a run in the cluster, and what they should be. */
import { counts, type Figure, type Part, upTo } from "../report/figure.ts";
import type { AttachResult, ChangesResult, KubeResult, SizeResult, SteadyResult, SystemResult } from "./results.ts";

/** From how many routes on the targets for a thousand hold. */
const many = 1_000;

/** All figures, by number of routes; the other control plane's in the column of what is compared with. */
export function kubeFigures({ ours, original }: Pick<KubeResult, "ours" | "original">): Figure[] {
  const theirs = original && systemFigures(original);
  return systemFigures(ours).map((figure) => ({
    ...figure,
    floor: theirs?.find(({ group, name }) => group === figure.group && name === figure.name)?.value,
  }));
}

function systemFigures(system: SystemResult): Figure[] {
  const sizes = Object.entries(system).map(([routes, size]) => ({ routes: Number(routes), size }));
  const [smallest] = sizes;
  return sizes.flatMap(({ routes, size }) => {
    const parts = [
      ...(size.attach ? attachFigures(routes, size.attach) : []),
      ...(size.changes ? changeFigures(size.changes, routes === smallest?.routes ? undefined : smallest?.size) : []),
      ...(size.steady ? steadyFigures(size.steady) : []),
    ];
    return parts.map((part) => ({ group: `${routes.toLocaleString("en")} routes`, ...part }));
  });
}

function attachFigures(routes: number, attach: AttachResult): Part[] {
  const target = (value: number) => (routes <= many ? upTo(value) : undefined);
  return [
    { name: "attached at once: written to the API server", unit: "s", value: attach.writtenMs / 1000 },
    { name: "attached at once: all served", unit: "s", value: attach.servedMs / 1000, target: target(15) },
    { name: "attached at once: all statuses right", unit: "s", value: attach.statusMs / 1000, target: target(15) },
    {
      name: "attached at once: writes of the Gateway's status",
      unit: "",
      value: attach.gatewayWrites,
      target: target(30),
    },
    { name: "attached at once: CPU of control plane", unit: "s", value: attach.controllerCpuMs / 1000 },
    { name: "memory of control plane", unit: "MB", value: attach.controllerMb },
    { name: "memory of Envoy", unit: "MB", value: attach.envoyMb },
  ];
}

function changeFigures(changes: ChangesResult, smallest: SizeResult | undefined): Part[] {
  const { applied, deleted, controllerCpuMsPerChange: cpu } = changes;
  const least = smallest?.changes?.controllerCpuMsPerChange;
  return [
    {
      name: "route applied → served",
      unit: "ms",
      value: applied.median,
      p95: applied.p95,
      max: applied.max,
      target: upTo(150),
    },
    { name: "route applied → served, p95", unit: "ms", value: applied.p95, target: upTo(400) },
    { name: "route deleted → 404", unit: "ms", value: deleted.median, p95: deleted.p95, max: deleted.max },
    {
      name: "CPU of control plane per change, mean",
      unit: "ms",
      value: cpu,
      // The clock ticks in steps of 10 ms, and what comes by itself in the time is counted in.
      target: least === undefined ? undefined : upTo(1.5 * Math.max(10, least)),
    },
  ];
}

function steadyFigures({ seconds, controllerCpuMs, envoyCpuMs, writes }: SteadyResult): Part[] {
  const share = (ms: number): number => ms / seconds / 10;
  const total = Object.values(writes).reduce((sum, count) => sum + count, 0);
  return [
    {
      name: `nothing changes for ${seconds} s: writes but leases`,
      unit: "",
      value: total,
      target: upTo(0),
      note: counts(writes),
    },
    {
      name: `nothing changes for ${seconds} s: CPU of control plane`,
      unit: "%",
      value: share(controllerCpuMs),
      target: upTo(1),
    },
    { name: `nothing changes for ${seconds} s: CPU of Envoy`, unit: "%", value: share(envoyCpuMs) },
  ];
}
