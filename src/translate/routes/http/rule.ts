/** A rule of an HTTPRoute or GRPCRoute as Envoy routes. */
import type { Any } from "@bufbuild/protobuf/wkt";
import { keyOf } from "../../../api/object.ts";
import { translateGrpcMatch } from "../grpc/match.ts";
import { grpcFilterConfigs, grpcForwardOptions } from "../grpc/options.ts";
import { CORS_FILTER, corsPolicy, preflightCondition } from "./cors.ts";
import { forDynamicBackend, loopbackFilter } from "./dynamic-backend.ts";
import { EXT_AUTHZ_FILTER, externalAuthConfig } from "./external-auth.ts";
import { type FilterEffects, noEffects, withFilters } from "./filters.ts";
import type { ForwardOptions } from "./forward.ts";
import { type Condition, everyRequest, translateMatch, unsupported, withCookies } from "./match.ts";
import { sortKey } from "./order.ts";
import { canChange } from "./path-change.ts";
import { isRetried, retryPolicy } from "./retry.ts";
import { buildRoute } from "./route.ts";
import type { RouteEntry, RuleInput, RuleProblem, RuleTranslation } from "./rule-input.ts";
import { STATEFUL_SESSION_FILTER, sessionConfig } from "./session.ts";
import { type Split, splitRequests } from "./split.ts";
import { translateTimeouts } from "./timeouts.ts";

/** A match of the rule, translated. */
interface RuleMatch {
  readonly condition: Condition;
  /** -1 for a rule without matches. */
  readonly index: number;
}

/**
 * Translates one rule: an entry for each of its matches, or more where one Envoy route cannot say it (backends whose
 * paths are rewritten differently, preflight requests of matches with a method).
 *
 * Pure; the same input always gives the same entries. Whatever cannot be served as written is told in `problems` and
 * answered with 500; a match that cannot be expressed matches nothing.
 */
export function translateRule(input: RuleInput): RuleTranslation {
  const field = `spec.rules[${input.ruleIndex}]`;
  const problems: RuleProblem[] = [];
  const options = forwardOptions(input, field, problems);
  const perFilter = sessionFilter(input, field, problems);
  const isRefused = problems.length > 0;
  const effects = withFilters(
    { ...noEffects, isRefused },
    input.rule.filters ?? [],
    input,
    `${field}.filters`,
    problems,
  );
  const splits = splitRequests(input, effects, field, problems).map((each) => {
    const split = forDynamicBackend(each, `${field}.filters`, problems);
    const own = { ...perFilter, ...filterConfigs(split.effects), ...loopbackFilter(split) };
    return { ...split, perFilter: input.protocol === "grpc" ? { ...own, ...grpcFilterConfigs } : own };
  });
  const matches = ruleMatches(input, field, problems);
  const entries = matches.flatMap((match) =>
    splits.flatMap((split) => {
      const served = isPathChangeable(split, match, problems) ? split : refused(split);
      return matchEntries(input, match, served, options, splits.length);
    }),
  );
  return { entries, problems };
}

function forwardOptions({ protocol, rule }: RuleInput, field: string, problems: RuleProblem[]): ForwardOptions {
  if (protocol === "grpc") return grpcForwardOptions;
  const timeouts = translateTimeouts(rule.timeouts, isRetried(rule.retry), `${field}.timeouts`, problems);
  return { protocol, timeouts, retry: retryPolicy(rule.retry, timeouts.attempt, `${field}.retry`, problems) };
}

function sessionFilter(
  { rule, session = rule.sessionPersistence }: RuleInput,
  field: string,
  problems: RuleProblem[],
): Readonly<Record<string, Any>> {
  if (session === undefined) return {};
  return { [STATEFUL_SESSION_FILTER]: sessionConfig(session, `${field}.sessionPersistence`, problems) };
}

function filterConfigs(effects: FilterEffects): Readonly<Record<string, Any>> {
  return {
    ...(effects.cors === undefined ? {} : { [CORS_FILTER]: corsPolicy(effects.cors) }),
    ...(effects.externalAuth === undefined ? {} : { [EXT_AUTHZ_FILTER]: externalAuthConfig(effects.externalAuth) }),
  };
}

function ruleMatches(input: RuleInput, field: string, problems: RuleProblem[]): readonly RuleMatch[] {
  const matches = ownMatches(input, field, problems);
  const [added] = [...input.extensions].flatMap(([index, { matches: sets }]) =>
    sets?.length ? [{ index, sets }] : [],
  );
  if (added === undefined) return matches;
  const { index: filter, sets } = added;
  return matches.flatMap(({ condition, index }) =>
    sets.flatMap((cookies, i): RuleMatch[] => {
      const met = withCookies(condition, cookies, `${field}.filters[${filter}]`, problems);
      return met === undefined ? [] : [{ condition: met, index: Math.max(index, 0) * sets.length + i }];
    }),
  );
}

function ownMatches({ protocol, rule }: RuleInput, field: string, problems: RuleProblem[]): readonly RuleMatch[] {
  const at = (index: number) => `${field}.matches[${index}]`;
  const conditions =
    protocol === "http"
      ? rule.matches.map((match, index) => translateMatch(match, at(index), problems))
      : (rule.matches ?? []).map((match, index) => translateGrpcMatch(match, at(index), problems));
  if (conditions.length === 0) return [{ condition: everyRequest, index: -1 }];
  return conditions.flatMap((condition, index) => (condition === undefined ? [] : [{ condition, index }]));
}

/** A matched prefix can be replaced only where a prefix is matched. */
function isPathChangeable({ effects }: Split, { condition }: RuleMatch, problems: RuleProblem[]): boolean {
  const changes = [effects.path, effects.redirect?.path].filter((change) => change !== undefined);
  const impossible = changes.find(({ modifier }) => !canChange(modifier, condition.path));
  if (impossible === undefined) return true;
  if (!problems.some((problem) => problem.field === impossible.field)) {
    problems.push(
      unsupported(impossible.field, "replaces a matched prefix, so every match of the rule must be of type PathPrefix"),
    );
  }
  return false;
}

function refused<S extends Split>(split: S): S {
  return { ...split, effects: { ...split.effects, isRefused: true } };
}

/** The entry for one match and split, and the one for its preflight requests. */
function matchEntries(
  { route, ruleIndex }: RuleInput,
  { condition, index }: RuleMatch,
  split: Split & { readonly perFilter: Readonly<Record<string, Any>> },
  options: ForwardOptions,
  splits: number,
): RouteEntry[] {
  const name = `${route.kind.toLowerCase()}/${keyOf(route)}/rule/${ruleIndex}/match/${index}${splits === 1 ? "" : `/backend/${split.index}`}`;
  const entry = (accepted: Condition, entryName: string, part: number): RouteEntry => ({
    name: entryName,
    // A preflight request has the rank of the requests it asks about.
    sortKey: sortKey(condition, route, { ruleIndex, matchIndex: index, part }),
    path: condition.path,
    ...buildRoute(accepted, split, split.perFilter, options),
  });
  const preflight = split.effects.cors === undefined ? undefined : preflightCondition(condition);
  return [
    entry(condition, name, 2 * split.index),
    ...(preflight === undefined ? [] : [entry(preflight, `${name}/cors-preflight`, 2 * split.index + 1)]),
  ];
}
