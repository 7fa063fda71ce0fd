/** Short ways to write the inputs of rules. */
import type { HTTPRouteMatch } from "../../../../api/gateway-api/http-match.ts";
import type { HTTPRoute, HTTPRouteFilter, HTTPRouteRule } from "../../../../api/gateway-api/httproute.ts";
import type { ExtensionFilter } from "../extension-filter.ts";
import { translateRule } from "../rule.ts";
import type { ResolvedBackend, RouteEntry, RuleInput, RuleProblem } from "../rule-input.ts";

/** A rule as a test writes it; `matches` are everything, `backends` one cluster `a`, unless given. */
export interface RuleOptions extends Partial<Omit<HTTPRouteRule, "matches">> {
  readonly matches?: readonly (Partial<HTTPRouteMatch> | string)[];
  readonly backends?: readonly (Partial<ResolvedBackend> | string)[];
  readonly mirrorTargets?: Readonly<Record<number, string>>;
  readonly authTargets?: Readonly<Record<number, ResolvedBackend>>;
  readonly extensions?: Readonly<Record<number, Partial<ExtensionFilter>>>;
  readonly name?: string;
  readonly namespace?: string;
  readonly created?: string;
  readonly ruleIndex?: number;
}

/** Every input made since the program started; what unit tests translate is also shown to a real Envoy. */
const made: RuleInput[] = [];

/** The inputs made so far, in order. */
export function madeInputs(): readonly RuleInput[] {
  return made;
}

/** A match from a path: `/a` is a prefix, `=/a` exact, `~/a.*` a regular expression. */
export function match(text: string, rest: Partial<HTTPRouteMatch> = {}): HTTPRouteMatch {
  const type = text.startsWith("=") ? "Exact" : text.startsWith("~") ? "RegularExpression" : "PathPrefix";
  return { path: { type, value: type === "PathPrefix" ? text : text.slice(1) }, ...rest };
}

export function ruleInput(options: RuleOptions): RuleInput {
  const {
    matches,
    backends = ["a"],
    mirrorTargets = {},
    authTargets = {},
    extensions = {},
    name = "r",
    namespace = "ns",
    created,
    ruleIndex = 0,
    ...rest
  } = options;
  const rule: HTTPRouteRule = {
    ...rest,
    matches: (matches ?? ["/"]).map((entry) =>
      typeof entry === "string" ? match(entry) : { ...match("/"), ...entry },
    ),
  };
  const input: RuleInput = {
    protocol: "http",
    route: routeObject(name, namespace, created, rule),
    rule,
    ruleIndex,
    backends: backends.map((entry) =>
      typeof entry === "string" ? backend(entry) : { cluster: undefined, weight: 1, filters: [], ...entry },
    ),
    mirrors: new Map(Object.entries(mirrorTargets).map(([index, cluster]) => [Number(index), backend(cluster)])),
    externalAuth: new Map(Object.entries(authTargets).map(([index, target]) => [Number(index), target])),
    extensions: new Map(
      Object.entries(extensions).map(([index, extension]) => [Number(index), { problems: [], ...extension }]),
    ),
  };
  made.push(input);
  return input;
}

/** The entries of a rule without problems. */
export function entriesOf(options: RuleOptions): readonly RouteEntry[] {
  const { entries, problems } = translateRule(ruleInput(options));
  if (problems.length > 0) throw new Error(`unexpected problems: ${JSON.stringify(problems)}`);
  return entries;
}

/** The only entry of a rule without problems. */
export function entryOf(options: RuleOptions): RouteEntry {
  const [entry, ...others] = entriesOf(options);
  if (entry === undefined || others.length > 0)
    throw new Error(`${others.length + (entry ? 1 : 0)} entries instead of one`);
  return entry;
}

/** The problems of a rule. */
export function problemsOf(options: RuleOptions): readonly RuleProblem[] {
  return translateRule(ruleInput(options)).problems;
}

export function rewrite(urlRewrite: NonNullable<HTTPRouteFilter["urlRewrite"]>): HTTPRouteFilter {
  return { type: "URLRewrite", urlRewrite };
}

export function redirect(filter: Partial<NonNullable<HTTPRouteFilter["requestRedirect"]>>): HTTPRouteFilter {
  return { type: "RequestRedirect", requestRedirect: { statusCode: 302, ...filter } };
}

export function requestHeaders(
  requestHeaderModifier: NonNullable<HTTPRouteFilter["requestHeaderModifier"]>,
): HTTPRouteFilter {
  return { type: "RequestHeaderModifier", requestHeaderModifier };
}

export function responseHeaders(
  responseHeaderModifier: NonNullable<HTTPRouteFilter["responseHeaderModifier"]>,
): HTTPRouteFilter {
  return { type: "ResponseHeaderModifier", responseHeaderModifier };
}

function backend(cluster: string): ResolvedBackend {
  return { cluster, weight: 1, filters: [] };
}

function routeObject(name: string, namespace: string, created: string | undefined, rule: HTTPRouteRule): HTTPRoute {
  return {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "HTTPRoute",
    metadata: { name, namespace, ...(created === undefined ? {} : { creationTimestamp: created }) },
    spec: { rules: [rule] },
  };
}
