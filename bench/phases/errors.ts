/** Six kinds of change under load; none may cost a request. */
import { setTimeout as sleep } from "node:timers/promises";
import { underLoad } from "../load.ts";
import { backendManifest, hostnameOf, routeManifest, ruleManifest } from "../manifests.ts";
import { type Answer, isFrom, isNotFound, watch } from "../watch.ts";
import type { PhaseContext } from "./context.ts";

const hostname = "load.bench.test";
const file = "load.yaml";

interface Kind {
  readonly name: string;
  /** The file before and after; they take turns. Undefined: there is none. */
  readonly states: readonly [string, string | undefined];
  readonly allowed: (answer: Answer) => boolean;
}

function kindsOf([first = 0, second = 0]: readonly number[]): Kind[] {
  const backends = backendManifest("load-one", first) + backendManifest("load-two", second);
  const rule = ruleManifest("load-one");
  const route = (...rules: readonly string[]) => routeManifest("load", hostname, ...rules) + backends;
  const base = route(rule);
  const other = ruleManifest("load-two", "/other");
  const renamed =
    routeManifest("load-new", hostname, ruleManifest("load-newer")) + backendManifest("load-newer", second);
  const single = (port: number) => routeManifest("load", hostname, rule) + backendManifest("load-one", port);
  const either = (answer: Answer) => isFrom("b0")(answer) || isFrom("b1")(answer);
  return [
    { name: "rule appended", states: [base, route(rule, other)], allowed: isFrom("b0") },
    { name: "rule put first", states: [base, route(other, rule)], allowed: isFrom("b0") },
    { name: "other backend named", states: [base, route(ruleManifest("load-two"))], allowed: either },
    { name: "endpoint replaced", states: [single(first), single(second)], allowed: either },
    { name: "route and backend renamed", states: [base, renamed], allowed: either },
    {
      name: "route removed and put back",
      states: [base, undefined],
      allowed: (answer) => isFrom("b0")(answer) || isNotFound(answer),
    },
  ];
}

export async function errors(context: PhaseContext): Promise<void> {
  const { port, manifests, reps, add } = context;
  for (const { name, states, allowed } of kindsOf(context.backends)) {
    manifests.put(file, states[0]);
    await watch(port, hostname, isFrom("b0"));
    // What an earlier kind left must be gone, lest its end be taken for this kind's fault.
    await sleep(500);
    const streams = [
      { hostname, allowed },
      { hostname: hostnameOf(0), allowed: isFrom("b0") },
    ];
    const result = await underLoad(port, streams, async () => {
      for (let change = 1; change <= reps; change++) {
        const state = states[change % 2];
        if (state === undefined) manifests.remove(file);
        else manifests.put(file, state);
        await sleep(300);
      }
    });
    const seen = [...result.errors].map(([what, count]) => `${count} × ${what}`).join(", ");
    const value = [...result.errors.values()].reduce((total, count) => total + count, 0);
    add({ name: `under load: ${name}${seen === "" ? "" : ` (${seen})`}`, unit: "errors", value, target: 0 });
  }
  manifests.put(file, "");
  manifests.remove(file);
  await watch(port, hostname, isNotFound);
}
