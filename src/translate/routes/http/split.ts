/** How the requests of a match are shared out among Envoy routes, and by those among clusters. */
import { changesHeadersOnly, type FilterEffects, type FilterTargets, isAnswered, withFilters } from "./filters.ts";
import { unsupported } from "./match.ts";
import type { ResolvedBackend, RuleInput, RuleProblem } from "./rule-input.ts";

/** A backend with all that happens to its requests, the rule's filters included. */
export interface SplitBackend {
  /** `undefined`: its requests are answered with 500. */
  readonly cluster: string | undefined;
  readonly weight: number;
  readonly effects: FilterEffects;
  /** Requests go to the host they name. */
  readonly isDynamic?: true;
}

/** Requests that one Envoy route takes. */
export interface Split {
  /** Index of the split among those of a match. */
  readonly index: number;
  /** Takes requests whose random number is below this share; absent: all that earlier splits left. */
  readonly below?: { readonly numerator: number; readonly denominator: number };
  /** What the route does; each backend's `effects` are these or differ in headers. */
  readonly effects: FilterEffects;
  readonly backends: readonly SplitBackend[];
}

const noTargets: ReadonlyMap<number, ResolvedBackend> = new Map();
const noExtensions: FilterTargets["extensions"] = new Map();

/**
 * One split, as long as Envoy's weighted clusters can say what differs between the backends: headers.
 *
 * Where backends rewrite, redirect or mirror differently, each gets a route of its own. Envoy walks through routes
 * with one random number per request, so the routes take growing shares of it (the second of three equal backends
 * takes what is below two thirds), the last one all.
 */
export function splitRequests(
  input: RuleInput,
  effects: FilterEffects,
  field: string,
  problems: RuleProblem[],
): readonly Split[] {
  if (isAnswered(effects)) return [{ index: 0, effects, backends: [] }];
  const backends = withOwnFilters(input, effects, field, problems);
  const [only, ...others] = backends;
  if (only === undefined || others.length === 0) return [{ index: 0, effects: only?.effects ?? effects, backends }];
  if (
    input.backends.every(
      (backend) =>
        backend.cluster === undefined || changesHeadersOnly(backend.filters, backend.extensions ?? noExtensions),
    )
  ) {
    return [{ index: 0, effects, backends }];
  }
  const denominator = backends.reduce((sum, backend) => sum + backend.weight, 0);
  let numerator = 0;
  return backends.map((backend, index) => {
    numerator += backend.weight;
    const below = index === backends.length - 1 ? {} : { below: { numerator, denominator } };
    return { index, effects: backend.effects, backends: [backend], ...below };
  });
}

function withOwnFilters(
  input: RuleInput,
  effects: FilterEffects,
  field: string,
  problems: RuleProblem[],
): readonly SplitBackend[] {
  const indexes = (input.rule.backendRefs ?? []).flatMap((ref, index) => (ref.weight === 0 ? [] : [index]));
  return input.backends.map(
    ({ cluster, weight, filters, mirrors = noTargets, extensions = noExtensions, isDynamic }, position) => {
      const split = { cluster, weight, effects, ...(isDynamic ? { isDynamic } : {}) };
      if (cluster === undefined || filters.length === 0) return split;
      const targets: FilterTargets = { mirrors, externalAuth: noTargets, extensions };
      const at = `${field}.backendRefs[${indexes[position] ?? position}].filters`;
      reportExternalAuth(filters, at, problems);
      reportMatches(extensions, at, problems);
      return { ...split, effects: withFilters(effects, filters, targets, at, problems) };
    },
  );
}

/** Whom to ask is settled before a backend is chosen. Its share is refused, since serving it unasked would open what shall be closed. */
function reportExternalAuth(filters: ResolvedBackend["filters"], field: string, problems: RuleProblem[]): void {
  for (const [index, { type }] of filters.entries()) {
    if (type !== "ExternalAuth") continue;
    problems.push({
      condition: "ResolvedRefs",
      reason: "UnsupportedRefValue",
      field: `${field}[${index}]`,
      message: "has type ExternalAuth, which a rule can have and a backendRef cannot; move it to the rule's filters",
    });
  }
}

/** A backend is chosen when a request has matched. */
function reportMatches(extensions: FilterTargets["extensions"], field: string, problems: RuleProblem[]): void {
  for (const [index, { matches }] of extensions) {
    if (matches === undefined) continue;
    problems.push(
      unsupported(
        `${field}[${index}]`,
        "has further matches, which only a rule can have; move it to the rule's filters",
      ),
    );
  }
}
