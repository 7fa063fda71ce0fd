/** `make bench-kube`: how fast changes are served in a real cluster, and what they cost there. README.md says what each figure means. */
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { dirname, resolve } from "node:path";
import { backendCount } from "../manifests.ts";
import { projectEnvoy, root, versionOf } from "../program.ts";
import { verdictOf } from "../report/figure.ts";
import { tableOf } from "../report/table.ts";
import { Run } from "../run.ts";
import { LocalCluster } from "./cluster.ts";
import { kubeFigures } from "./figures.ts";
import { GatewayInCluster } from "./gateway.ts";
import { type ControlPlane, install } from "./install.ts";
import { detachAll, measureAttach } from "./phases/attach.ts";
import { measureChanges } from "./phases/changes.ts";
import { measureSteady } from "./phases/steady.ts";
import type { KubeResult, SizeResult, SystemResult } from "./results.ts";
import { type KubeSettings, readKubeSettings } from "./settings.ts";

const run = new Run("bench-kube");

/** Installs one control plane and measures it with all numbers of routes, from none attached each time. */
async function measureSystem(
  cluster: LocalCluster,
  settings: KubeSettings,
  { name, ...controlPlane }: ControlPlane & { readonly name: string },
  result: SystemResult,
): Promise<GatewayInCluster> {
  const { phases, repetitions, routes, steadySeconds } = settings;
  run.say(`${name}: installing`);
  // The one that was there before may have written fields of the chart's objects.
  await install(cluster, { ...controlPlane, helmArguments: ["--force-conflicts"] });
  const gateway = await GatewayInCluster.start(cluster, Math.max(2, backendCount(routes.at(-1) ?? 0)));
  for (const count of routes) {
    await detachAll(gateway);
    run.say(`${name}, ${count} routes: attach`);
    const attach = await measureAttach(gateway, count);
    const size: SizeResult = phases.has("attach") ? { attach } : {};
    result[count] = size;
    if (phases.has("changes")) {
      run.say(`${name}, ${count} routes: changes`);
      size.changes = await measureChanges(gateway, repetitions);
    }
    if (!phases.has("steady") || count !== routes.at(-1)) continue;
    run.say(`${name}, ${count} routes: nothing changes for ${steadySeconds} s`);
    size.steady = await measureSteady(gateway, steadySeconds);
  }
  return gateway;
}

async function bench(): Promise<void> {
  const settings = readKubeSettings(process.env);
  const result: KubeResult = {
    when: new Date().toISOString(),
    machine: `${cpus().length} × ${cpus()[0]?.model ?? "?"}, Node ${process.version}`,
    envoy: versionOf(projectEnvoy, ["--version"]),
    ours: {},
  };
  run.say(`cluster ${settings.cluster}`);
  const cluster = await LocalCluster.open(settings.cluster);
  run.onInterruption(() => cluster.close());
  try {
    if (settings.original !== undefined) {
      result.original = {};
      const original = { name: "original", program: resolve(settings.original) };
      const gateway = await measureSystem(cluster, settings, original, result.original);
      await gateway.remove();
    }
    const gateway = await measureSystem(cluster, settings, { name: "ours", image: settings.image }, result.ours);
    if (!cluster.isTemporary) await gateway.remove();
  } finally {
    if (!run.isInterrupted) await cluster.close();
    report(result, resolve(root, settings.out));
  }
}

/** Also what there is of a run that broke off. */
function report(result: KubeResult, out: string): void {
  const figures = kubeFigures(result);
  if (figures.length === 0) return;
  mkdirSync(dirname(out), { recursive: true });
  const judged = figures.map(({ floor, ...figure }) => ({
    ...figure,
    ...(floor !== undefined && { original: floor }),
    verdict: verdictOf(figure),
  }));
  writeFileSync(out, `${JSON.stringify({ ...result, figures: judged }, null, 2)}\n`);
  process.stdout.write(tableOf(figures, "original"));
  run.say(`the result is in ${out}`);
}

await run.start(bench);
