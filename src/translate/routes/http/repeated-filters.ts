/** What a list of filters can say once only. */
import type { HTTPRouteFilter } from "../../../api/gateway-api/httproute.ts";
import type { ExtensionFilter } from "./extension-filter.ts";
import { unsupported } from "./match.ts";
import type { RuleProblem } from "./rule-input.ts";

/** Things that one list of filters can say once, with who says them. */
const once: Readonly<Record<string, (filter: HTTPRouteFilter, extension: ExtensionFilter | undefined) => unknown>> = {
  "the host": ({ urlRewrite }, extension) => urlRewrite?.hostname ?? extension?.host,
  "the path": ({ urlRewrite }, extension) => urlRewrite?.path ?? extension?.path,
  "a direct response": (_, extension) => extension?.directResponse,
  "further matches": (_, extension) => extension?.matches,
};

/** Reports filters of a list that say again what an earlier one says. True if there are any. */
export function repeatsItself(
  filters: readonly HTTPRouteFilter[],
  extensions: ReadonlyMap<number, ExtensionFilter>,
  field: string,
  problems: RuleProblem[],
): boolean {
  const before = problems.length;
  for (const [what, saying] of Object.entries(once)) {
    const [first, again] = filters.flatMap((filter, i) => (saying(filter, extensions.get(i)) === undefined ? [] : [i]));
    if (again === undefined) continue;
    problems.push(
      unsupported(`${field}[${again}]`, `sets ${what}, as filters[${first}] does already; leave one of them out`),
    );
  }
  return problems.length > before;
}
