import { waitUntil } from "../http/probe.ts";
import type { GatewayUnderTest } from "../processes/gateway.ts";
import { updatesBetween } from "../processes/updates.ts";
import type { FleetResult, StartResult } from "../results.ts";
import { summarize } from "../statistics.ts";

const startLimitMs = 600_000;
const changeLimitMs = 120_000;

/** Something that a client can see, e.g. an answer with a certain body. */
export interface Sight {
  readonly name: string;
  readonly isSeen: () => Promise<boolean>;
}

/** Waits for all sights, one after the other, of a gateway that was just started, and until it is quiet. */
export async function awaitStart(gateway: GatewayUnderTest, sights: readonly Sight[]): Promise<StartResult> {
  let firstMs: number | undefined;
  for (const sight of sights) {
    await awaitSight(gateway, sight, startLimitMs);
    firstMs ??= performance.now() - gateway.startedAt;
  }
  const sampleMs = performance.now() - gateway.startedAt;
  await gateway.settled();
  return { firstMs: summarize([firstMs ?? sampleMs]), sampleMs: summarize([sampleMs]), ...gateway.usage() };
}

/** A change that waits to be made. */
export interface PreparedChange {
  readonly make: () => void;
  readonly sight: Sight;
}

/** Makes changes one by one, all quiet before each, and tells when each was seen and what it cost. */
export async function costOfChanges(
  gateway: GatewayUnderTest,
  repetitions: number,
  prepare: (repetition: number) => Promise<PreparedChange>,
): Promise<Omit<FleetResult, "start">> {
  const updatesBefore = await gateway.updates();
  const taken = { ms: [] as number[], controlPlaneCpuMs: [] as number[], envoyCpuMs: [] as number[] };
  for (let repetition = 1; repetition <= repetitions; repetition++) {
    const { make, sight } = await prepare(repetition);
    const before = gateway.usage();
    const start = performance.now();
    make();
    taken.ms.push(await awaitSight(gateway, sight, changeLimitMs, start));
    await gateway.quiet();
    const after = gateway.usage();
    taken.controlPlaneCpuMs.push(after.controlPlaneCpuMs - before.controlPlaneCpuMs);
    taken.envoyCpuMs.push(after.envoyCpuMs - before.envoyCpuMs);
  }
  const { controlPlaneMb, envoyMb } = gateway.usage();
  const updates = Object.entries(updatesBetween(updatesBefore, await gateway.updates()));
  return {
    changes: {
      ms: summarize(taken.ms),
      controlPlaneCpuMs: summarize(taken.controlPlaneCpuMs),
      envoyCpuMs: summarize(taken.envoyCpuMs),
    },
    controlPlaneMb,
    envoyMb,
    updatesPerChange: Object.fromEntries(updates.map(([kind, count]) => [kind, count / repetitions])),
  };
}

async function awaitSight(gateway: GatewayUnderTest, sight: Sight, limitMs: number, start?: number): Promise<number> {
  const took = await waitUntil(sight.isSeen, { limitMs, isPossible: () => gateway.isAlive }, start);
  if (took === undefined) throw new Error(`${sight.name} was never seen: ${gateway.lastWords()}`);
  return took;
}
