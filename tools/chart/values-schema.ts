/** The JSON Schema of the chart's values, by which Helm refuses those that are misspelt or of another type. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { EnvoyGateway } from "../../src/api/v1alpha1/envoygateway.ts";
import { convertSchema, type JsonSchema } from "../../src/schema/json-schema.ts";

type Tree = { readonly [name: string]: unknown };

/** Objects of Kubernetes, which the API server checks. */
const free = new Set([
  "annotations",
  "livenessProbe",
  "readinessProbe",
  "resources",
  "securityContext",
  "startupProbe",
]);

const countOrShare: JsonSchema = { type: ["integer", "string"] };
const port: JsonSchema = { type: "integer", minimum: 1, maximum: 65_535 };

/** What the values of the chart do not tell of themselves, by path. */
const exact: Readonly<Record<string, JsonSchema>> = {
  "deployment.replicas": { type: "integer", minimum: 0 },
  "deployment.priorityClassName": { type: ["string", "null"] },
  "deployment.envoyGateway.imagePullPolicy": { enum: ["", "Always", "IfNotPresent", "Never"] },
  "deployment.ports": {
    type: "array",
    items: {
      type: "object",
      properties: { name: { type: "string" }, port, targetPort: port },
      required: ["name", "port", "targetPort"],
    },
  },
  "podDisruptionBudget.minAvailable": countOrShare,
  "podDisruptionBudget.maxUnavailable": { type: ["integer", "string", "null"] },
  "service.type": { enum: ["ClusterIP", "NodePort", "LoadBalancer"] },
  "config.envoyGateway": configuration(),
};

/** Objects of values that hold more than this chart's: Helm shares `global` among all charts of a release. */
const open = new Set(["global"]);

/** The schema for the values of the chart in `folder`; types come from them, from files/without-effect.yaml and from the kind EnvoyGateway. */
export function valuesSchema(folder: string): JsonSchema {
  const trees = ["values.yaml", "files/without-effect.yaml"].map(
    (file) => parse(readFileSync(join(folder, file), "utf8")) as Tree,
  );
  return { $schema: "http://json-schema.org/draft-07/schema#", ...schemaOf(trees, "") };
}

/** The schema of the value at `path`, which may be in several of the trees. */
function schemaOf(values: readonly unknown[], path: string): JsonSchema {
  const known = exact[path];
  if (known) return known;
  const [value] = values;
  if (Array.isArray(value)) return { type: "array" };
  if (!isTree(value)) return { type: typeof value === "number" ? "integer" : typeof value };
  const maps = values.filter(isTree);
  const names = new Set([...maps.flatMap((map) => Object.keys(map)), ...exactBelow(path)]);
  if (names.size === 0 || free.has(path.slice(path.lastIndexOf(".") + 1))) return { type: "object" };
  const properties = [...names].map((name) => {
    const below = maps.filter((map) => Object.hasOwn(map, name)).map((map) => map[name]);
    return [name, schemaOf(below, path === "" ? name : `${path}.${name}`)];
  });
  return { type: "object", properties: Object.fromEntries(properties), additionalProperties: open.has(path) };
}

/** Names directly below `path` that {@link exact} tells of. */
function exactBelow(path: string): string[] {
  return Object.keys(exact)
    .filter((key) => key.slice(0, Math.max(0, key.lastIndexOf("."))) === path)
    .map((key) => key.slice(key.lastIndexOf(".") + 1));
}

function isTree(value: unknown): value is Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The format EnvoyGateway without what the chart writes itself. */
function configuration(): JsonSchema {
  const { apiVersion: _version, kind: _kind, ...properties } = EnvoyGateway.properties ?? {};
  const { required: _required, ...schema } = EnvoyGateway;
  return withoutFormats(convertSchema({ ...schema, properties }));
}

/** Helm understands other formats by the same names, e.g. a duration is one of ISO 8601 to it. */
function withoutFormats(schema: JsonSchema): JsonSchema {
  const change = (value: unknown, isSchema: boolean): unknown => {
    if (Array.isArray(value)) return value.map((item) => change(item, true));
    if (!isTree(value)) return value;
    const entries = Object.entries(value).filter(([name, part]) => !(isSchema && name === "format" && !isTree(part)));
    return Object.fromEntries(
      entries.map(([name, part]) => [name, change(part, !(isSchema && name === "properties"))]),
    );
  };
  return change(schema, true) as JsonSchema;
}
