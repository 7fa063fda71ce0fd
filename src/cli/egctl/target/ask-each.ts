import type { CliContext } from "../../context.ts";
import type { Instance } from "./envoys.ts";

/**
 * Asks several at once; the answers below namespace and name. One that does not answer is told on the error stream and left out,
 * unless none answers.
 */
export async function askEach<T>(
  instances: readonly Instance[],
  ask: (instance: Instance) => Promise<T>,
  { stderr }: CliContext,
): Promise<Record<string, Record<string, T>>> {
  const asked = await Promise.allSettled(instances.map(ask));
  const result: Record<string, Record<string, T>> = {};
  const reasons: unknown[] = [];
  for (const [i, { namespace, name }] of instances.entries()) {
    const answer = asked[i];
    if (answer?.status === "fulfilled") result[namespace] = { ...result[namespace], [name]: answer.value };
    else reasons.push(answer?.reason);
  }
  if (reasons.length === instances.length) throw reasons[0];
  for (const reason of reasons) stderr.write(`WARN: ${reason instanceof Error ? reason.message : String(reason)}\n`);
  return result;
}
