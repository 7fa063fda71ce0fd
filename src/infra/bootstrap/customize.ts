import type { BootstrapPatch, EnvoyProxySettings, FleetProblem } from "../fleet.ts";
import { isJsonObject, type Json, type JsonObject, sameJson } from "./json.ts";
import { xdsClusterName } from "./xds-cluster.ts";

/** A bootstrap after the user's changes, or why they cannot be used. */
export type CustomBootstrap = { readonly bootstrap: JsonObject } | { readonly problems: readonly FleetProblem[] };

/**
 * Applies `spec.bootstrap` of an EnvoyProxy. `Replace` takes the user's document as it is; `Merge` adds it: fields of maps are
 * merged, lists get the user's elements behind ours; `JSONPatch` applies RFC 6902 operations in order.
 *
 * Whatever the user changes, the way to the control plane must stay: `dynamic_resources` (but for `initial_fetch_timeout`) and the
 * endpoints of `xds_cluster` have to be as they were, otherwise the whole change is refused.
 */
export async function customizeBootstrap(
  base: JsonObject,
  custom: EnvoyProxySettings["bootstrap"],
): Promise<CustomBootstrap> {
  if (!custom) return { bootstrap: base };
  const type = custom.type ?? "Replace";
  try {
    const bootstrap =
      type === "JSONPatch"
        ? await patch(base, custom.jsonPatches ?? [])
        : await fromDocument(base, custom.value, type === "Merge");
    const problems = protectedParts(base, bootstrap);
    return problems.length > 0 ? { problems } : { bootstrap };
  } catch (error) {
    if (!(error instanceof Unusable)) throw error;
    return { problems: [invalid(error.message, error.field)] };
  }
}

/** The user's text cannot be applied; ends the walk through it and becomes a problem. */
class Unusable extends Error {
  readonly field: string;
  constructor(message: string, field: string) {
    super(message);
    this.field = field;
  }
}

async function fromDocument(base: JsonObject, text: string | undefined, merges: boolean): Promise<JsonObject> {
  const { load } = await import("js-yaml");
  let document: unknown;
  try {
    document = load(text ?? "");
  } catch (error) {
    throw new Unusable(
      `the bootstrap is not YAML: ${error instanceof Error ? error.message : String(error)}`,
      "spec.bootstrap.value",
    );
  }
  if (!isJsonObject(document)) throw new Unusable("the bootstrap must be a map of fields", "spec.bootstrap.value");
  const normalized = normalizeNames(document);
  return merges ? (mergeJson(base, normalized) as JsonObject) : normalized;
}

async function patch(base: JsonObject, patches: readonly BootstrapPatch[]): Promise<JsonObject> {
  const [{ applyPatch }, { JSONPathEnvironment }] = await Promise.all([import("rfc6902"), import("json-p3")]);
  const paths = new JSONPathEnvironment();
  const result = structuredClone(base) as JsonObject;
  for (const [i, operation] of patches.entries()) {
    const field = `spec.bootstrap.jsonPatches[${i}]`;
    for (const path of pointersOf(operation, field, (query) =>
      paths
        .query(query, JSON.parse(JSON.stringify(result)))
        .pointers()
        .map(String),
    )) {
      const { jsonPath: _, ...rest } = operation;
      const [error] = applyPatch(result, [{ ...rest, path } as Parameters<typeof applyPatch>[1][number]]);
      if (error) throw new Unusable(`${operation.op} ${path}: ${error.message || error.name}`, field);
    }
  }
  return result;
}

/** JSON pointers an operation is for: its `path`, or every place its `jsonPath` finds, `path` then being relative to that place. */
function pointersOf(operation: BootstrapPatch, field: string, query: (path: string) => string[]): string[] {
  if (operation.jsonPath === undefined) {
    if (operation.path === undefined) throw new Unusable("either path or jsonPath is needed", field);
    return [operation.path];
  }
  let found: string[];
  try {
    found = query(operation.jsonPath);
  } catch (error) {
    throw new Unusable(`jsonPath: ${error instanceof Error ? error.message : String(error)}`, `${field}.jsonPath`);
  }
  if (found.length === 0) throw new Unusable(`jsonPath ${operation.jsonPath} matches nothing`, `${field}.jsonPath`);
  return found.map((pointer) => `${pointer}${operation.path ?? ""}`);
}

/** Adds `extra` to `base`: maps by field, lists one behind the other, anything else replaces. */
export function mergeJson(base: Json | undefined, extra: Json | undefined): Json | undefined {
  if (extra === undefined) return base;
  if (Array.isArray(base) && Array.isArray(extra)) return [...base, ...extra];
  if (!isJsonObject(base) || !isJsonObject(extra)) return extra;
  const result: Record<string, Json | undefined> = { ...base };
  for (const field of Object.keys(extra)) result[field] = mergeJson(base[field], extra[field]);
  return result;
}

/**
 * Envoy reads `staticResources` and `static_resources` alike. Merging and comparing need one spelling, so the parts that are
 * looked at get the second; deeper names stay as the user wrote them (some are keys of maps, not fields).
 */
function normalizeNames(document: JsonObject): JsonObject {
  const top = renameFields(document);
  const dynamic = top.dynamic_resources;
  const fixed = top.static_resources;
  return {
    ...top,
    ...(dynamic !== undefined && { dynamic_resources: renameDeep(dynamic) }),
    ...(isJsonObject(fixed) && { static_resources: renameFields(fixed) }),
  };
}

function renameFields(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).map(([field, value]) => [snakeCase(field), value]));
}

function renameDeep(value: Json): Json {
  if (Array.isArray(value)) return value.map((item: Json) => renameDeep(item));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([field, inner]) => [snakeCase(field), inner === undefined ? null : renameDeep(inner)]),
  );
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function protectedParts(base: JsonObject, custom: JsonObject): FleetProblem[] {
  const problems: FleetProblem[] = [];
  if (!sameJson(withoutTimeouts(base.dynamic_resources), withoutTimeouts(custom.dynamic_resources))) {
    problems.push(
      invalid(
        "dynamic_resources must stay as it is (only initial_fetch_timeout may change): Envoy would not reach the control plane",
        "spec.bootstrap",
      ),
    );
  }
  const before = xdsEndpoints(base);
  const after = xdsEndpoints(custom);
  if (after.length !== 1 || !sameJson(before[0], after[0])) {
    problems.push(
      invalid(
        `the cluster ${xdsClusterName} must be there once and keep its load_assignment: it leads to the control plane`,
        "spec.bootstrap",
      ),
    );
  }
  return problems;
}

function xdsEndpoints(bootstrap: JsonObject): (Json | undefined)[] {
  const fixed = bootstrap.static_resources;
  const clusters = isJsonObject(fixed) ? fixed.clusters : undefined;
  if (!Array.isArray(clusters)) return [];
  return clusters
    .filter((cluster: Json): cluster is JsonObject => isJsonObject(cluster) && cluster.name === xdsClusterName)
    .map((cluster) => {
      const assignment = cluster.load_assignment ?? cluster.loadAssignment;
      return assignment === undefined ? undefined : renameDeep(assignment);
    });
}

/** Unset and default values of the two sources are equal to Envoy; a timeout may differ. */
function withoutTimeouts(dynamic: Json | undefined): Json | undefined {
  if (!isJsonObject(dynamic)) return dynamic;
  return Object.fromEntries(
    Object.entries(dynamic).map(([field, source]) => {
      if (!isJsonObject(source)) return [field, source];
      const { initial_fetch_timeout: _, ...rest } = source;
      return [field, rest];
    }),
  );
}

function invalid(message: string, field: string): FleetProblem {
  return { severity: "error", code: "bootstrap-invalid", message, field };
}
