import type { JsonObject } from "./json.ts";

/** Texts that names of statistics are compared with. `type`: `Exact`, `Prefix`, `Suffix` or `RegularExpression`. */
export type StatsMatches = readonly { readonly type: string; readonly value: string }[];

/** What tells us whether an Envoy serves, and when it has drained; without these it could not be run. */
const needed: readonly JsonObject[] = [
  { prefix: "listener_manager." },
  { suffix: "downstream_cx_active" },
  { suffix: "downstream_rq_active" },
  { prefix: "server." },
];

const patterns: Readonly<Record<string, (value: string) => JsonObject>> = {
  Exact: (exact) => ({ exact }),
  Prefix: (prefix) => ({ prefix }),
  Suffix: (suffix) => ({ suffix }),
  RegularExpression: (regex) => ({ safe_regex: { regex } }),
};

/** The field of `stats_config` that keeps matching statistics only, and those that we need ourselves; nothing for no list. */
export function statsMatcher(matches: StatsMatches | undefined): JsonObject {
  if (!matches?.length) return {};
  const wanted = matches.flatMap(({ type, value }): JsonObject[] => {
    const pattern = patterns[type];
    return pattern ? [pattern(value)] : [];
  });
  return { stats_matcher: { inclusion_list: { patterns: [...wanted, ...needed] } } };
}
