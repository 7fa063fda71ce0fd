/** HTTPRouteFilters in the lists of filters of rules and backendRefs. */

import type { HTTPRouteFilter } from "../../../api/gateway-api/httproute.ts";
import type { EnvoyHTTPHeaderFilter } from "../../../api/v1alpha1/shared/http-header.ts";
import type { InjectedCredential } from "../../backends/credential-injection.ts";
import type { DirectResponse } from "./direct-response.ts";
import type { HostRewrite } from "./host-rewrite.ts";

/** A condition on a cookie. */
export interface CookieCondition {
  readonly type: "Exact" | "RegularExpression";
  readonly name: string;
  readonly value: string;
}

/** A replacement of what an RE2 expression finds in the path; `\1` stands for what its first group found. */
export interface RegexReplacement {
  readonly type: "ReplaceRegexMatch";
  readonly pattern: string;
  readonly substitution: string;
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
