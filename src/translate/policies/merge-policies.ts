import type { MergeStrategy } from "../../features/merge-strategy.ts";
import type { PolicyKind, PolicyObject, PolicySpec } from "../../features/policy-kind.ts";
import { admit } from "../../schema/admit.ts";
import { isObject, mergePatch } from "../json-merge.ts";

type Json = unknown;

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

/**
 * The fields of `patch` on top of those of `base`. Objects are merged, lists replaced as a whole (RFC 7386); a strategic merge goes
 * item by item through lists whose items have a key, as Kubernetes does.
 */
export function mergeSpecs(
  base: PolicySpec,
  patch: PolicySpec,
  strategy: MergeStrategy,
  mergeKeys: PolicyKind["mergeKeys"],
): PolicySpec {
  return strategy === "JSONMerge"
    ? mergePatch(base, patch)
    : (strategicMerge(base, patch, "", mergeKeys) as PolicySpec);
}

function strategicMerge(base: Json, patch: Json, path: string, mergeKeys: PolicyKind["mergeKeys"]): Json {
  const key = mergeKeys[path];
  if (key !== undefined && Array.isArray(base) && Array.isArray(patch))
    return mergeLists(base, patch, key, path, mergeKeys);
  if (!isObject(patch) || !isObject(base)) return patch;
  const result: Record<string, Json> = { ...base };
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name];
    else result[name] = strategicMerge(result[name], value, path === "" ? name : `${path}.${name}`, mergeKeys);
  }
  return result;
}

function mergeLists(
  base: readonly Json[],
  patch: readonly Json[],
  key: string,
  path: string,
  mergeKeys: PolicyKind["mergeKeys"],
): Json[] {
  const idOf = (item: Json): Json => (isObject(item) ? item[key] : undefined);
  const patches = new Map(patch.map((item) => [idOf(item), item]));
  const merged = base.map((item) =>
    patches.has(idOf(item)) ? strategicMerge(item, patches.get(idOf(item)), `${path}[]`, mergeKeys) : item,
  );
  const present = new Set(base.map(idOf));
  return [...merged, ...patch.filter((item) => !present.has(idOf(item)))];
}

function fieldPath(path: readonly (string | number)[]): string {
  return path.reduce<string>(
    (text, part) => (typeof part === "number" ? `${text}[${part}]` : text === "" ? part : `${text}.${part}`),
    "",
  );
}
