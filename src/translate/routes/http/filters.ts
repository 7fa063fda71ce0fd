/** Filters of a rule or backendRef, taken together. */
import type {
  HTTPCORSFilter,
  HTTPPathModifier,
  HTTPRequestRedirectFilter,
} from "../../../api/gateway-api/http-filters.ts";
import type { HTTPRouteFilter } from "../../../api/gateway-api/httproute.ts";
import type { DirectResponse } from "./direct-response.ts";
import { type ExtensionFilter, isCredential, isHttpRouteFilter } from "./extension-filter.ts";
import type { ExternalAuth } from "./external-auth.ts";
import { type HeaderChanges, hostOf, noHeaderChanges, withHeaderFilter } from "./header-changes.ts";
import type { HostRewrite } from "./host-rewrite.ts";
import { unsupported } from "./match.ts";
import type { Mirror } from "./mirror.ts";
import type { PathModifier } from "./path-change.ts";
import { repeatsItself } from "./repeated-filters.ts";
import type { ResolvedBackend, RuleProblem } from "./rule-input.ts";

/** What a list of filters comes to. */
export interface FilterEffects {
  readonly request: HeaderChanges;
  readonly response: HeaderChanges;
  readonly host?: HostRewrite;
  readonly path?: PathEffect<PathModifier>;
  readonly redirect?: { readonly filter: HTTPRequestRedirectFilter; readonly path?: PathEffect<HTTPPathModifier> };
  /** An answer that neither a redirect nor a backend gives then. */
  readonly directResponse?: DirectResponse;
  readonly mirrors: readonly Mirror[];
  readonly cors?: HTTPCORSFilter;
  readonly externalAuth?: ExternalAuth;
  /** A filter cannot be applied: requests are answered with 500 rather than served without it. */
  readonly isRefused: boolean;
}

/** A new path, and where the rule says so. */
export interface PathEffect<M> {
  readonly modifier: M;
  readonly field: string;
}

/** What filters refer to, by the filter's index. */
export interface FilterTargets {
  readonly mirrors: ReadonlyMap<number, ResolvedBackend>;
  readonly externalAuth: ReadonlyMap<number, ResolvedBackend>;
  readonly extensions: ReadonlyMap<number, ExtensionFilter>;
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
  const isRepeated = repeatsItself(filters, targets.extensions, field, problems);
  const after = filters.reduce(
    (effects, filter, index) => withFilter(effects, filter, index, targets, `${field}[${index}]`, problems),
    isRepeated ? { ...before, isRefused: true } : before,
  );
  const mirror = filters.findIndex((filter) => filter.type === "RequestMirror");
  const answers = after.directResponse ? "direct response" : after.redirect && "RequestRedirect filter";
  if (answers === undefined || mirror < 0) return after;
  problems.push({
    condition: "Accepted",
    reason: "IncompatibleFilters",
    field: `${field}[${mirror}]`,
    message: `mirrors requests that a ${answers} answers, which Envoy cannot; leave one of them out`,
  });
  return { ...after, isRefused: true };
}

/** Whether the gateway answers by itself, so that no backend is asked. */
export function isAnswered({ redirect, directResponse, isRefused }: FilterEffects): boolean {
  return redirect !== undefined || directResponse !== undefined || isRefused;
}

/** Whether all that differs is headers, which Envoy can change for one cluster of several, and credentials, which clusters add. */
export function changesHeadersOnly(
  filters: readonly HTTPRouteFilter[],
  extensions: FilterTargets["extensions"],
): boolean {
  return filters.every(
    (filter, index) =>
      isCredential(extensions.get(index)) ||
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
    return { ...effects, request, ...(host === undefined ? {} : { host: literal(host) }) };
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
      ...(hostname === undefined ? {} : { host: literal(hostname) }),
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
  return withExtension(effects, filter, targets.extensions.get(index), field, problems);
}

/** The effects of an HTTPRouteFilter; without one that can be applied nothing is served. */
function withExtension(
  effects: FilterEffects,
  { type, extensionRef }: HTTPRouteFilter,
  extension: ExtensionFilter | undefined,
  field: string,
  problems: RuleProblem[],
): FilterEffects {
  if (!isHttpRouteFilter(extensionRef)) {
    problems.push(unsupported(field, `uses a filter of type ${type} that this gateway does not know; leave it out`));
  }
  for (const { field: at, message } of extension?.problems ?? []) {
    problems.push(unsupported(field, `names HTTPRouteFilter ${extensionRef?.name}, whose ${at} ${message}`));
  }
  if (extension === undefined || extension.problems.length > 0) return { ...effects, isRefused: true };
  const { host, path, directResponse, responseHeaders } = extension;
  return {
    ...effects,
    ...(host === undefined ? {} : { host }),
    ...(path === undefined ? {} : { path: { modifier: path, field } }),
    ...(directResponse === undefined ? {} : { directResponse }),
    response: withHeaderFilter(effects.response, responseHeaders ?? {}, `${field}.extensionRef`, problems),
  };
}

function literal(host: string): HostRewrite {
  return { from: "literal", host, isForwarded: true };
}

/** Envoy refuses control characters in paths, which the schema allows. */
function isServable(modifier: HTTPPathModifier | undefined, field: string, problems: RuleProblem[]): boolean {
  const path = modifier?.replaceFullPath ?? modifier?.replacePrefixMatch ?? "";
  if (/^[!-~]*$/.test(path)) return true;
  problems.push(unsupported(field, "must be a path of visible ASCII characters; write others percent-encoded"));
  return false;
}
