/** The combinations of schemas: `allOf`, `anyOf`, `oneOf` and `not`. */
import { type IssueSink, report } from "./issue.ts";
import type { Assertion } from "./scalars.ts";
import type { Structural } from "./structural.ts";

type ConstraintCheck = (value: unknown, sink: IssueSink) => unknown;

/** The check of a node's combinations; `checkOf` gives the check of a part that neither prunes nor defaults. */
export function alternatives(schema: Structural, checkOf: (constraint: Structural) => ConstraintCheck): Assertion | undefined {
  const parts: Assertion[] = [];
  if (schema.anyOf && !isIntOrString(schema)) parts.push(anyOf(schema.anyOf.map(checkOf)));
  if (schema.oneOf) parts.push(oneOf(schema.oneOf.map(checkOf)));
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

function anyOf(checks: readonly ConstraintCheck[]): Assertion {
  return (value, sink) => {
    const failures = outcomes(checks, value);
    if (failures.some((failure) => failure.length === 0)) return;
    report(sink, "NoAlternative", "must fit one of the alternatives, but fits none");
    sink.push(...nearest(failures));
  };
}

function oneOf(checks: readonly ConstraintCheck[]): Assertion {
  return (value, sink) => {
    const failures = outcomes(checks, value);
    const fitting = failures.filter((failure) => failure.length === 0).length;
    if (fitting === 1) return;
    report(sink, "NoAlternative", `must fit exactly one of the alternatives, but fits ${fitting === 0 ? "none" : fitting}`);
    if (fitting === 0) sink.push(...nearest(failures));
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

function outcomes(checks: readonly ConstraintCheck[], value: unknown): IssueSink[] {
  return checks.map((check) => {
    const failure: IssueSink = [];
    check(value, failure);
    return failure;
  });
}

/** What to tell of several failures: the alternative that misses least, the earlier one if equal. */
function nearest(failures: readonly IssueSink[]): IssueSink {
  return failures.reduce((best, failure) => (failure.length < best.length ? failure : best));
}
