import type { MergeStrategy } from "../features/merge-strategy.ts";
import { isObject, mergePatch } from "./json-merge.ts";

type Json = unknown;

/** Lists whose items have a key, by path (`jwt.providers`; `[]` for an item), with the name of the field that is the key. */
export type MergeKeys = Readonly<Record<string, string | undefined>>;

/**
 * The fields of `patch` on top of those of `base`. Objects are merged, lists replaced as a whole (RFC 7386); a strategic merge goes
 * item by item through lists whose items have a key, as Kubernetes does, and follows Kubernetes' directives `$patch: replace` and
 * `$patch: delete`.
 */
export function mergeSpecs<T extends object>(base: T, patch: T, strategy: MergeStrategy, mergeKeys: MergeKeys): T {
  return strategy === "JSONMerge" ? mergePatch(base, patch) : (strategicMerge(base, patch, "", mergeKeys) as T);
}

function strategicMerge(base: Json, patch: Json, path: string, mergeKeys: MergeKeys): Json {
  const key = mergeKeys[path];
  if (key !== undefined && Array.isArray(base) && Array.isArray(patch))
    return mergeLists(base, patch, key, path, mergeKeys);
  if (!isObject(patch)) return patch;
  const { $patch: directive, ...fields } = patch;
  if (!isObject(base) || directive === "replace") return fields;
  const result: Record<string, Json> = { ...base };
  for (const [name, value] of Object.entries(fields)) {
    if (value === null || isDeletion(value)) delete result[name];
    else result[name] = strategicMerge(result[name], value, path === "" ? name : `${path}.${name}`, mergeKeys);
  }
  return result;
}

function mergeLists(
  base: readonly Json[],
  patch: readonly Json[],
  key: string,
  path: string,
  mergeKeys: MergeKeys,
): Json[] {
  if (patch.some((item) => isObject(item) && item["$patch"] === "replace" && item[key] === undefined)) {
    return patch.filter((item) => !isObject(item) || item["$patch"] === undefined);
  }
  const idOf = (item: Json): Json => (isObject(item) ? item[key] : undefined);
  const patches = new Map(patch.map((item) => [idOf(item), item]));
  const merged = base
    .filter((item) => !isDeletion(patches.get(idOf(item))))
    .map((item) =>
      patches.has(idOf(item)) ? strategicMerge(item, patches.get(idOf(item)), `${path}[]`, mergeKeys) : item,
    );
  const present = new Set(base.map(idOf));
  return [...merged, ...patch.filter((item) => !present.has(idOf(item)) && !isDeletion(item))];
}

/** `$patch: delete` takes a field or an item of a keyed list away. */
function isDeletion(value: Json): boolean {
  return isObject(value) && value["$patch"] === "delete";
}
