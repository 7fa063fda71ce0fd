import { type Condition, isFalse, isTrue } from "../conditions.ts";
import type { PolicyTarget } from "./claims.ts";
import type { Overrides } from "./overrides.ts";
import type { PolicyFinding, PolicyTranslation } from "./policy-translation.ts";

/** Longest message of a condition that an API server takes. */
const longestMessage = 32_768;

/** The target has no such section. */
export function targetNotFound({ kind, key, section }: PolicyTarget): Condition {
  return isFalse("Accepted", "TargetNotFound", `No section name ${section} found for ${kind} ${key}.`);
}

/** An older policy of the kind has exactly the same target. */
export function conflicted(policyKind: string, { kind, key, section }: PolicyTarget): Condition {
  const name = key.slice(key.indexOf("/") + 1);
  const place = section === undefined ? `${kind} ${name}` : `${kind} ${name} section ${section}`;
  return isFalse(
    "Accepted",
    "Conflicted",
    `Unable to target ${place}, another ${policyKind} has already attached to it.`,
  );
}

/** What a policy's translation says: whether it is accepted, and what it warns about. */
export function translationConditions(translation: PolicyTranslation | undefined): {
  readonly accepted: Condition;
  readonly warnings: readonly Condition[];
} {
  const problems = translation?.problems ?? [];
  const accepted =
    problems.length > 0
      ? isFalse("Accepted", "Invalid", shorten(problems.map(sentence).join(" ")))
      : isTrue("Accepted", "Accepted", "Policy has been accepted.");
  return { accepted, warnings: warningsOf(translation) };
}

/** Several reasons to warn become one condition, as a condition's type may be there only once. */
function warningsOf(translation: PolicyTranslation | undefined): Condition[] {
  const deprecated = translation?.deprecations ?? [];
  const unsupported = (translation?.warnings ?? []).map(sentence);
  const [reason, ...others] = [
    ...(deprecated.length > 0 ? ["DeprecatedField"] : []),
    ...(unsupported.length > 0 ? ["UnsupportedField"] : []),
  ];
  if (reason === undefined) return [];
  return [
    isTrue("Warning", others.length > 0 ? "Warnings" : reason, shorten([...deprecated, ...unsupported].join("; "))),
  ];
}

/** What more specific policies mean for a policy. */
export function overrideConditions(
  pluralName: string,
  { kind }: PolicyTarget,
  overrides: Overrides | undefined,
): Condition[] {
  if (!overrides) return [];
  const isOfSet = kind === "ListenerSet";
  const lists = [
    listed(isOfSet ? "listenerset listeners" : "gateway listeners", overrides.listeners),
    listed("listenersets", overrides.listenerSets),
    listed("listenerset listeners", overrides.listenerSetListeners),
    listed("routes", overrides.routes),
    listed("route rules", overrides.rules),
  ].filter((list) => list !== undefined);
  const conditions: Condition[] = [];
  if (lists.length > 0) {
    const message = `This policy is being overridden by other ${pluralName} for ${lists.join(" and ")}`;
    conditions.push(isTrue("Overridden", "Overridden", shorten(message)));
  }
  const merged = listed("routes", overrides.merged);
  if (merged !== undefined) {
    const message = `This policy is being merged by other ${pluralName} for ${merged}`;
    conditions.push(isTrue("Merged", "Merged", shorten(message)));
  }
  return conditions;
}

/** The policy was put on top of another. */
export function mergedWith(parent: string): Condition {
  return isTrue("Merged", "Merged", `Merged with policy ${parent.slice(parent.indexOf("/") + 1)}`);
}

/** Some ancestors do not fit into the status. */
export const aggregated: Condition = isTrue(
  "Aggregated",
  "Aggregated",
  "There are more ancestors than a status can hold; those that are not shown here are left out.",
);

function listed(what: string, names: readonly string[]): string | undefined {
  return names.length > 0 ? `these ${what}: [${names.join(" ")}]` : undefined;
}

function sentence({ field, message }: PolicyFinding): string {
  return field === "" ? message : `${field}: ${message}`;
}

function shorten(message: string): string {
  return message.length <= longestMessage ? message : `${message.slice(0, longestMessage - 3)}...`;
}
