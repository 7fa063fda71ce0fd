/** What all kinds of routes have in common. */
import { type Infer, listOf, named, object, optional, required } from "../../schema/builder.ts";
import type { KindVersion } from "../../schema/kind.ts";
import { rule } from "../../schema/rules.ts";
import { ObservedConditions } from "./conditions.ts";
import { GatewayController, GatewayDefaultScope, Hostname } from "./names.ts";
import { ParentReference } from "./references.ts";

const SAME_PARENT =
  "p1.group == p2.group && p1.kind == p2.kind && p1.name == p2.name && (((!has(p1.__namespace__) || p1.__namespace__ == '') && (!has(p2.__namespace__) || p2.__namespace__ == '')) || (has(p1.__namespace__) && has(p2.__namespace__) && p1.__namespace__ == p2.__namespace__))";
const SAME_SECTION =
  "(((!has(p1.sectionName) || p1.sectionName == '') && (!has(p2.sectionName) || p2.sectionName == '')) || (has(p1.sectionName) && has(p2.sectionName) && p1.sectionName == p2.sectionName))";
const SAME_PORT =
  "(((!has(p1.port) || p1.port == 0) && (!has(p2.port) || p2.port == 0)) || (has(p1.port) && has(p2.port) && p1.port == p2.port))";

/** Parents of a route. The same parent may be named again if sections or ports tell the references apart. */
export const ParentReferences = listOf(
  ParentReference,
  { listType: "atomic", maxItems: 32 },
  rule(
    `self.all(p1, self.all(p2, ${SAME_PARENT} ? ((!has(p1.sectionName) || p1.sectionName == '') == (!has(p2.sectionName) || p2.sectionName == '') && (!has(p1.port) || p1.port == 0) == (!has(p2.port) || p2.port == 0)): true))`,
    "sectionName or port must be specified when parentRefs includes 2 or more references to the same parent",
  ),
  rule(
    `self.all(p1, self.exists_one(p2, ${SAME_PARENT} && ${SAME_SECTION} && ${SAME_PORT}))`,
    "sectionName or port must be unique when parentRefs includes 2 or more references to the same parent",
  ),
);

/** Fields that the specification of every route has. */
export const commonRouteFields = {
  parentRefs: optional(ParentReferences, "Gateways and ListenerSets that the route is attached to."),
  useDefaultGateways: optional(GatewayDefaultScope, "Attaches the route to the default Gateways as well."),
};

/** Hostnames of an HTTP or gRPC route. */
export const routeHostnames = optional(
  listOf(Hostname, { listType: "atomic", maxItems: 16 }),
  "Names in the request's Host header that the route answers for; a listener's hostname narrows them. Absent means every name of the listener.",
);

/** Names of a route's rules are unique. */
export const uniqueRuleNames = rule(
  "self.all(l1, !has(l1.name) || self.exists_one(l2, has(l2.name) && l1.name == l2.name))",
  "Rule name must be unique within the route",
);

/** A route has at most 128 matches over all its rules; `matchesOf` yields the number of one rule as an expression. */
export function atMost128Matches(matchesOf: (index: number) => string) {
  const counts = Array.from({ length: 16 }, (_, index) => `(self.size() > ${index} ? ${matchesOf(index)} : 0)`);
  return rule(
    `${counts.join(" + ")} <= 128`,
    "While 16 rules and 64 matches per rule are allowed, the total number of matches across all rules in a route must be less than 128",
  );
}

/** What a controller says about a route at one of its parents. */
export const RouteParentStatus = named(
  "RouteParentStatus",
  object({
    parentRef: required(ParentReference, "The reference of the route that this is about."),
    controllerName: required(GatewayController, "The controller that says so."),
    conditions: required(ObservedConditions, "What it observed."),
  }),
  "What a controller says about a route at one of its parents.",
);
export type RouteParentStatus = Infer<typeof RouteParentStatus>;

/** State of a route at each of its parents. */
export const RouteStatus = named(
  "RouteStatus",
  object({
    parents: required(
      listOf(RouteParentStatus, { listType: "atomic", maxItems: 32 }),
      "One entry for each parent and controller.",
    ),
  }),
  "State of a route at each of its parents.",
);
export type RouteStatus = Infer<typeof RouteStatus>;

/** A version of a kind that is still answered for, with the warning that users of it get. */
export function deprecatedVersion(kind: string, name: string, more: Partial<KindVersion> = {}): KindVersion {
  return {
    name,
    deprecationWarning: `The ${name} version of ${kind} has been deprecated and will be removed in a future release of the API. Please upgrade to v1.`,
    ...more,
  };
}
