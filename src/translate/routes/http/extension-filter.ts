/** HTTPRouteFilters in the lists of filters of rules and backendRefs. */

import type { HTTPRouteFilter } from "../../../api/gateway-api/httproute.ts";
import type { EnvoyHTTPHeaderFilter } from "../../../api/v1alpha1/shared/http-header.ts";
import type { InjectedCredential } from "../../backends/credential-injection.ts";
import type { DirectResponse } from "./direct-response.ts";
import type { HostRewrite } from "./host-rewrite.ts";
import { unsupported } from "./match.ts";
import type { RegexReplacement } from "./path-change.ts";
import type { RuleProblem } from "./rule-input.ts";

/** A condition on a cookie. */
export interface CookieCondition {
  readonly type: "Exact" | "RegularExpression";
  readonly name: string;
  readonly value: string;
}

/** What an HTTPRouteFilter comes to, with everything it refers to looked up. */
export interface ExtensionFilter {
  /** Sets of cookies; a request must have all of one set. */
  readonly matches?: readonly (readonly CookieCondition[])[];
  readonly host?: HostRewrite;
  readonly path?: RegexReplacement;
  readonly directResponse?: DirectResponse;
  /** Headers of the direct response. */
  readonly responseHeaders?: EnvoyHTTPHeaderFilter;
  /** Put into requests by the clusters that get them. */
  readonly credential?: InjectedCredential;
  /** Why it cannot be applied: where in the filter, and a sentence. */
  readonly problems: readonly { readonly field: string; readonly message: string }[];
}

/** Whether an `extensionRef` is to an HTTPRouteFilter, which is in the namespace of the route. */
export function isHttpRouteFilter(ref: HTTPRouteFilter["extensionRef"]): boolean {
  return ref?.group === "gateway.envoyproxy.io" && ref.kind === "HTTPRouteFilter";
}

/** Whether a filter does nothing but put a credential into requests. */
export function isCredential(extension: ExtensionFilter | undefined): boolean {
  if (extension?.credential === undefined) return false;
  const { credential: _credential, problems, ...others } = extension;
  return problems.length === 0 && Object.keys(others).length === 0;
}

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
