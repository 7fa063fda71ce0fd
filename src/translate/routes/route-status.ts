import type { KubeObject } from "../../api/object.ts";
import { type Condition, common, isFalse, isTrue, type ObjectStatus, observed, statusOf } from "../conditions.ts";
import { acceptedByParent, type ParentResult } from "./attachment.ts";
import type { RuleProblem } from "./http/rule-input.ts";
import type { RouteModel, TranslatedRule } from "./model.ts";
import type { OverlapsOfRoute } from "./overlaps.ts";

/** Status of a route: an entry for each parentRef that names one of our Gateways. */
export function routeStatus(
  route: KubeObject,
  parents: readonly ParentResult[],
  rules: readonly TranslatedRule[],
  controllerName: string,
): ObjectStatus {
  const { generation } = route.metadata;
  const { conditions, rejection } = conditionsOf(rules);
  return statusOf(route, {
    parents: parents.map(({ ref, accepted }) => {
      const verdict = accepted.status === "True" && rejection ? rejection : accepted;
      const isCommon = verdict === acceptedByParent && conditions === sound.conditions;
      const told = isCommon ? soundAt(generation) : observed([verdict, ...conditions], generation);
      return { parentRef: ref, controllerName, conditions: told };
    }),
  });
}

/** The route's status with a condition for each parent where other routes (`Kind namespace/name`) take the same requests. */
export function withOverlaps({ status, parents }: RouteModel, overlaps: OverlapsOfRoute | undefined): ObjectStatus {
  if (!overlaps) return status;
  const entries = (status.body.parents ?? []).map((entry, i) => {
    const listeners = (parents[i]?.attachments ?? []).map(({ listener }) => listener.key);
    const others = [...new Set(listeners.flatMap((listener) => overlaps.byListener.get(listener) ?? []))].sort();
    if (others.length === 0) return entry;
    const added = observed([overlapping(status.key, others)], status.generation);
    return { ...entry, conditions: [...entry.conditions, ...added] };
  });
  return { ...status, body: { ...status.body, parents: entries } };
}

/** Names the other routes only to those who may see them anyway. `key`: of the route that says so. */
function overlapping(key: string, others: readonly string[]): Condition {
  const isNear = (other: string): boolean => namespaceOf(other.slice(other.indexOf(" ") + 1)) === namespaceOf(key);
  const near = others.filter(isNear);
  const far = others.length - near.length;
  const unnamed = far === 0 ? [] : [far === 1 ? "a route of another namespace" : "routes of other namespaces"];
  const message = `${sentence([...near, ...unnamed].join(", "))} ${others.length === 1 ? "matches" : "match"} some of the very same requests; they go to one route only, the oldest if the hostnames are equal.`;
  const help = far === 0 ? "" : " Choose other hostnames or paths, or ask whoever runs the Gateway whose they are.";
  return isTrue("RouteRulesOverlap", "RouteRulesOverlap", message + help);
}

const namespaceOf = (key: string): string => key.slice(0, key.indexOf("/"));

const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** What the rules come to, the same for all parents. */
interface RouteConditions {
  /** Conditions other than `Accepted`. */
  readonly conditions: readonly Condition[];
  /** Set when no rule can be served; replaces `Accepted` of parents that took the route. */
  readonly rejection?: Condition;
}

const resolvedRefs = common(isTrue("ResolvedRefs", "ResolvedRefs", "Resolved all the Object references for the Route"));

/** Problems of rules as conditions: all rules unusable → not accepted; some → partially invalid. */
function conditionsOf(rules: readonly TranslatedRule[]): RouteConditions {
  if (rules.every(isSound)) return sound;
  const all = rules.flatMap((rule) => [...rule.referenceProblems, ...rule.translation.problems]);
  const references = all.filter((problem) => problem.condition === "ResolvedRefs");
  const others = all.filter((problem) => problem.condition === "Accepted");
  const conditions: Condition[] = [toCondition("ResolvedRefs", references) ?? resolvedRefs];
  const invalidRules = rules.filter((rule) =>
    rule.translation.problems.some((problem) => problem.condition === "Accepted"),
  ).length;
  const rejection = invalidRules > 0 && invalidRules === rules.length ? toCondition("Accepted", others) : undefined;
  if (invalidRules > 0 && !rejection) {
    const partial = toCondition("Accepted", others);
    if (partial) conditions.push(isTrue("PartiallyInvalid", partial.reason, partial.message));
  }
  if (rules.length > 0 && rules.some((rule) => rule.lacksEndpoints)) {
    conditions.push(
      isFalse(
        "BackendsAvailable",
        "EndpointsNotFound",
        "A Service that the route leads to has no ready endpoints; requests to it are answered with 503, connections refused.",
      ),
    );
  }
  return { conditions, ...(rejection ? { rejection } : {}) };
}

function toCondition(type: string, problems: readonly RuleProblem[]): Condition | undefined {
  const [first] = problems;
  const reasons = [...new Set(problems.map(({ reason }) => reason))].sort().join(",");
  return first && isFalse(type, reasons, problems.map(({ field, message }) => `${field}: ${message}`).join(" "));
}

const sound: RouteConditions = { conditions: [resolvedRefs] };

/** What nearly all routes say, the same list for all of one generation. */
function soundAt(generation: number | undefined): readonly Condition[] {
  const known = soundConditions.get(generation) ?? observed([acceptedByParent, ...sound.conditions], generation);
  soundConditions.set(generation, known);
  return known;
}

const soundConditions = new Map<number | undefined, readonly Condition[]>();

function isSound({ referenceProblems, translation, lacksEndpoints }: TranslatedRule): boolean {
  return referenceProblems.length === 0 && translation.problems.length === 0 && !lacksEndpoints;
}
