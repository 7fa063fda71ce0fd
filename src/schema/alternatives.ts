/** The combinations of schemas: `allOf`, `anyOf`, `oneOf` and `not`. */
import { type IssueSink, report } from "./issue.ts";
import type { Assertion } from "./scalars.ts";
import type { Structural } from "./structural.ts";

type ConstraintCheck = (value: unknown, sink: IssueSink) => unknown;

/** The check of a node's combinations; `checkOf` gives the check of a part that neither prunes nor defaults. */
export function alternatives(
  schema: Structural,
  checkOf: (constraint: Structural) => ConstraintCheck,
): Assertion | undefined {
  const parts: Assertion[] = [];
  if (schema.anyOf && !isIntOrString(schema)) parts.push(anyOf(alternativesOf(schema.anyOf, checkOf)));
  if (schema.oneOf) parts.push(oneOf(alternativesOf(schema.oneOf, checkOf)));
  if (schema.allOf) parts.push(allOf(schema.allOf.map(checkOf)));
  if (schema.not) parts.push(not(checkOf(schema.not)));
  if (parts.length === 0) return undefined;
  return (value, sink) => {
    for (const part of parts) part(value, sink);
  };
}

/** The `anyOf` that Kubernetes wants beside `x-kubernetes-int-or-string` says no more than the type does. */
function isIntOrString(schema: Structural): boolean {
  if (schema["x-kubernetes-int-or-string"] !== true) return false;
  return (schema.anyOf ?? []).every((part) => Object.keys(part).join() === "type");
}

interface Alternative {
  readonly check: ConstraintCheck;
  /** How much the alternative says: of several that fail, the one that says most is the one that was probably meant. */
  readonly weight: number;
}

function alternativesOf(
  schemas: readonly Structural[],
  checkOf: (constraint: Structural) => ConstraintCheck,
): Alternative[] {
  return schemas.map((schema) => ({ check: checkOf(schema), weight: weightOf(schema) }));
}

function weightOf(schema: Structural): number {
  const parts = [
    ...Object.values(schema.properties ?? {}),
    ...(schema.anyOf ?? []),
    ...(schema.allOf ?? []),
    ...(schema.items ? [schema.items] : []),
  ];
  return parts.reduce((sum, part) => sum + weightOf(part), 1);
}

function anyOf(choices: readonly Alternative[]): Assertion {
  return (value, sink) => {
    const failures = outcomes(choices, value);
    if (failures.some((failure) => failure.length === 0)) return;
    report(sink, "NoAlternative", "must fit one of the alternatives, but fits none");
    sink.push(...weightiest(choices, failures));
  };
}

function oneOf(choices: readonly Alternative[]): Assertion {
  return (value, sink) => {
    const failures = outcomes(choices, value);
    const fitting = failures.filter((failure) => failure.length === 0).length;
    if (fitting === 1) return;
    report(
      sink,
      "NoAlternative",
      `must fit exactly one of the alternatives, but fits ${fitting === 0 ? "none" : fitting}`,
    );
    if (fitting === 0) sink.push(...weightiest(choices, failures));
  };
}

function allOf(checks: readonly ConstraintCheck[]): Assertion {
  return (value, sink) => {
    for (const check of checks) check(value, sink);
  };
}

function not(check: ConstraintCheck): Assertion {
  return (value, sink) => {
    const failure: IssueSink = [];
    check(value, failure);
    if (failure.length === 0) report(sink, "NoAlternative", "must not have this form");
  };
}

function outcomes(choices: readonly Alternative[], value: unknown): IssueSink[] {
  return choices.map(({ check }) => {
    const failure: IssueSink = [];
    check(value, failure);
    return failure;
  });
}

function weightiest(choices: readonly Alternative[], failures: readonly IssueSink[]): IssueSink {
  let best = 0;
  for (const [i, choice] of choices.entries()) if (choice.weight > (choices[best]?.weight ?? 0)) best = i;
  return failures[best] ?? [];
}
