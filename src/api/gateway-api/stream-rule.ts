/** Rules of routes that choose a backend per connection, without looking inside: TLS, TCP and UDP. */
import { type Infer, listOf, named, object, optional, required } from "../../schema/builder.ts";
import { SectionName } from "./names.ts";
import { BackendRef } from "./references.ts";
import { uniqueRuleNames } from "./route.ts";

/** Backends among which connections (or UDP sessions) are shared out. */
export const StreamRouteRule = named(
  "StreamRouteRule",
  object({
    name: optional(SectionName, "Name by which policies and status refer to the rule."),
    backendRefs: required(
      listOf(BackendRef, { listType: "atomic", minItems: 1, maxItems: 16 }),
      "Where connections go, shared out by weight.",
    ),
  }),
  "Backends among which connections (or UDP sessions) are shared out.",
);
export type StreamRouteRule = Infer<typeof StreamRouteRule>;

/** The one rule of a route. */
export const OneStreamRule = required(
  listOf(StreamRouteRule, { listType: "atomic", minItems: 1, maxItems: 1 }),
  "The rule: where connections go.",
);

/** The rules of a route in early versions of the API, which allowed several. */
export const StreamRules = required(
  listOf(StreamRouteRule, { listType: "atomic", minItems: 1, maxItems: 16 }, uniqueRuleNames),
  "Rules: where connections go.",
);
