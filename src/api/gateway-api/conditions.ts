/** Conditions: what a controller observed of an object. */
import { type Infer, integer, listOf, named, object, oneOf, optional, required, string } from "../../schema/builder.ts";

const CONDITION_TYPE_PATTERN =
  "^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$";

/** One observation about an object (Kubernetes `metav1.Condition`). */
export const Condition = named(
  "Condition",
  object({
    type: required(
      string({ maxLength: 316, pattern: CONDITION_TYPE_PATTERN }),
      "What is observed, such as `Accepted`.",
    ),
    status: required(oneOf("True", "False", "Unknown"), "Whether it holds."),
    reason: required(
      string({ minLength: 1, maxLength: 1024, pattern: "^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$" }),
      "Why, as one word for programs.",
    ),
    message: required(string({ maxLength: 32768 }), "Why, for people. May be empty."),
    observedGeneration: optional(
      integer({ format: "int64", minimum: 0 }),
      "`metadata.generation` of the object that was looked at.",
    ),
    lastTransitionTime: required(string({ format: "date-time" }), "When `status` changed last."),
  }),
  "One observation about an object (Kubernetes `metav1.Condition`).",
);
export type Condition = Infer<typeof Condition>;

/** Up to eight conditions, one of each type. */
export const Conditions = listOf(Condition, { listType: "map", listMapKeys: ["type"], maxItems: 8 });

/** Conditions of an object that has been looked at: at least one. */
export const ObservedConditions = listOf(Condition, {
  listType: "map",
  listMapKeys: ["type"],
  minItems: 1,
  maxItems: 8,
});

/** The condition of a new object that no controller has looked at. */
export function pendingCondition(type: string) {
  return {
    type,
    status: "Unknown",
    reason: "Pending",
    message: "Waiting for controller",
    lastTransitionTime: "1970-01-01T00:00:00Z",
  } as const;
}
