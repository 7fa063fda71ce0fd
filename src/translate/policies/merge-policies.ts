import type { PolicyKind, PolicyObject } from "../../features/policy-kind.ts";
import { admit } from "../../schema/admit.ts";
import { mergeSpecs } from "../strategic-merge.ts";

/** A policy that was put together of two, with what its kind's rules say against the result. */
export interface MergedPolicy {
  readonly policy: PolicyObject;
  readonly problems: readonly { readonly field: string; readonly message: string }[];
}

/** Puts a route's policy on top of the one it inherits. The result is attached as the route's policy is, and checked as if it had been written. */
export function mergePolicies(kind: PolicyKind, child: PolicyObject, parent: PolicyObject): MergedPolicy {
  const { targetRef: _ref, targetRefs: _refs, targetSelectors: _selectors, ...base } = parent.spec ?? {};
  const strategy = child.spec?.mergeType ?? "StrategicMerge";
  const policy: PolicyObject = { ...child, spec: mergeSpecs(base, child.spec ?? {}, strategy, kind.mergeKeys) };
  const { status: _status, ...written } = policy;
  const { issues } = admit(kind.definition, written);
  const errors = issues.filter((issue) => issue.severity === "error");
  return {
    policy,
    problems: errors.map(({ path, message }) => ({ field: fieldPath(path), message: `${message} (after the merge).` })),
  };
}

function fieldPath(path: readonly (string | number)[]): string {
  return path.reduce<string>(
    (text, part) => (typeof part === "number" ? `${text}[${part}]` : text === "" ? part : `${text}.${part}`),
    "",
  );
}
