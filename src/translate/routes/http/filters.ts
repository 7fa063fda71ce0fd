/** Filters of a rule or backendRef, taken together. */
import type {
  HTTPCORSFilter,
  HTTPPathModifier,
  HTTPRequestRedirectFilter,
} from "../../../api/gateway-api/http-filters.ts";
import type { HTTPRouteFilter } from "../../../api/gateway-api/httproute.ts";
import type { ExternalAuth } from "./external-auth.ts";
import { type HeaderChanges, hostOf, noHeaderChanges, withHeaderFilter } from "./header-changes.ts";
import { unsupported } from "./match.ts";
import type { Mirror } from "./mirror.ts";
import type { ResolvedBackend, RuleProblem } from "./rule-input.ts";

/** What a list of filters comes to. */
export interface FilterEffects {
  readonly request: HeaderChanges;
  readonly response: HeaderChanges;
  /** Host that the backend gets to see. */
  readonly host?: string;
  readonly path?: PathEffect;
  readonly redirect?: { readonly filter: HTTPRequestRedirectFilter; readonly path?: PathEffect };
  readonly mirrors: readonly Mirror[];
  readonly cors?: HTTPCORSFilter;
  readonly externalAuth?: ExternalAuth;
  /** A filter cannot be applied: requests are answered with 500 rather than served without it. */
  readonly isRefused: boolean;
}

/** A new path, and where the rule says so. */
export interface PathEffect {
  readonly modifier: HTTPPathModifier;
  readonly field: string;
}

/** Targets of filters, by the filter's index. */
export interface FilterTargets {
  readonly mirrors: ReadonlyMap<number, ResolvedBackend>;
  readonly externalAuth: ReadonlyMap<number, ResolvedBackend>;
}

export const noEffects: FilterEffects = {
  request: noHeaderChanges,
  response: noHeaderChanges,
  mirrors: [],
  isRefused: false,
};

/**
 * The effects `before`, followed by those of `filters` in their order: a backendRef's filters come after its rule's.
 */
export function withFilters(
  before: FilterEffects,
  filters: readonly HTTPRouteFilter[],
  targets: FilterTargets,
  field: string,
  problems: RuleProblem[],
): FilterEffects {
  const after = filters.reduce(
    (effects, filter, index) => withFilter(effects, filter, index, targets, `${field}[${index}]`, problems),
    before,
  );
  const mirror = filters.findIndex((filter) => filter.type === "RequestMirror");
  if (after.redirect === undefined || mirror < 0) return after;
  problems.push({
    condition: "Accepted",
    reason: "IncompatibleFilters",
    field: `${field}[${mirror}]`,
    message: "mirrors requests that a RequestRedirect filter answers, which Envoy cannot; leave one of them out",
  });
  return { ...after, isRefused: true };
}

/** Whether all that differs is headers, which Envoy can change for one cluster of several. */
export function changesHeadersOnly(filters: readonly HTTPRouteFilter[]): boolean {
  return filters.every(
    (filter) =>
      filter.type === "ResponseHeaderModifier" ||
      (filter.requestHeaderModifier !== undefined && hostOf(filter.requestHeaderModifier) === undefined),
  );
}

function withFilter(
  effects: FilterEffects,
  filter: HTTPRouteFilter,
  index: number,
  targets: FilterTargets,
  field: string,
  problems: RuleProblem[],
): FilterEffects {
  if (filter.requestHeaderModifier !== undefined) {
    const host = hostOf(filter.requestHeaderModifier);
    const request = withHeaderFilter(
      effects.request,
      filter.requestHeaderModifier,
      `${field}.requestHeaderModifier`,
      problems,
    );
    return { ...effects, request, ...(host === undefined ? {} : { host }) };
  }
  if (filter.responseHeaderModifier !== undefined) {
    const at = `${field}.responseHeaderModifier`;
    return { ...effects, response: withHeaderFilter(effects.response, filter.responseHeaderModifier, at, problems) };
  }
  if (filter.requestRedirect !== undefined) {
    const { path } = filter.requestRedirect;
    const at = `${field}.requestRedirect.path`;
    if (!isServable(path, at, problems)) return { ...effects, isRefused: true };
    const redirect = {
      filter: filter.requestRedirect,
      ...(path === undefined ? {} : { path: { modifier: path, field: at } }),
    };
    return { ...effects, redirect };
  }
  if (filter.urlRewrite !== undefined) {
    const { hostname, path } = filter.urlRewrite;
    const at = `${field}.urlRewrite.path`;
    if (!isServable(path, at, problems)) return { ...effects, isRefused: true };
    return {
      ...effects,
      ...(hostname === undefined ? {} : { host: hostname }),
      ...(path === undefined ? {} : { path: { modifier: path, field: at } }),
    };
  }
  if (filter.requestMirror !== undefined) {
    const cluster = targets.mirrors.get(index)?.cluster;
    if (cluster === undefined) return effects;
    return { ...effects, mirrors: [...effects.mirrors, { filter: filter.requestMirror, cluster }] };
  }
  if (filter.cors !== undefined) return { ...effects, cors: filter.cors };
  if (filter.externalAuth !== undefined) {
    const service = targets.externalAuth.get(index);
    if (service?.cluster === undefined) return { ...effects, isRefused: true };
    const host = service.host ?? service.cluster;
    return { ...effects, externalAuth: { filter: filter.externalAuth, cluster: service.cluster, host } };
  }
  problems.push(
    unsupported(field, `uses a filter of type ${filter.type} that this gateway does not know; leave it out`),
  );
  return { ...effects, isRefused: true };
}

/** Envoy refuses control characters in paths, which the schema allows. */
function isServable(modifier: HTTPPathModifier | undefined, field: string, problems: RuleProblem[]): boolean {
  const path = modifier?.replaceFullPath ?? modifier?.replacePrefixMatch ?? "";
  if (/^[!-~]*$/.test(path)) return true;
  problems.push(unsupported(field, "must be a path of visible ASCII characters; write others percent-encoded"));
  return false;
}
