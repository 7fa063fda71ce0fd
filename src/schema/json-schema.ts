/** JSON Schema (draft 07) from kinds, for editors. */
import { mapValues } from "./crd.ts";
import type { KindSchema } from "./kind.ts";
import type { Json, Structural } from "./structural.ts";

/** A JSON Schema document. */
export type JsonSchema = { readonly [keyword: string]: unknown };

/** The JSON Schema of a kind's objects, in any of its versions. Rules are not in it: JSON Schema cannot say them. */
export function toJSONSchema(kind: KindSchema): JsonSchema {
  const versions = [...kind.versions.map((version) => version.name), ...kind.aliases];
  const schema = convertSchema(kind.schema);
  const properties = schema.properties as { readonly [name: string]: JsonSchema };
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: kind.kind,
    ...schema,
    properties: {
      ...properties,
      apiVersion: {
        description: "Group and version.",
        enum: versions.map((name) => (kind.group === "" ? name : `${kind.group}/${name}`)),
      },
      kind: { const: kind.kind },
      metadata: {
        type: "object",
        properties: { name: { type: "string" }, namespace: { type: "string" } },
        required: ["name"],
      },
    },
    required: ["apiVersion", "kind", "metadata", ...(kind.schema.required ?? [])],
  };
}

const SAME = [
  "description",
  "format",
  "default",
  "pattern",
  "minLength",
  "maxLength",
  "multipleOf",
  "minProperties",
  "maxProperties",
  "minItems",
  "maxItems",
  "uniqueItems",
] as const;

/** The JSON Schema of a part of an object, or of a file that is no object of an API server. */
export function convertSchema(schema: Structural): JsonSchema {
  const result: { [keyword: string]: unknown } = {};
  for (const keyword of SAME) if (schema[keyword] !== undefined) result[keyword] = schema[keyword];
  Object.assign(result, types(schema), bounds(schema));
  if (schema.properties) {
    result.properties = mapValues(schema.properties, convertSchema);
    if (!schema["x-kubernetes-preserve-unknown-fields"]) result.additionalProperties = false;
  }
  // A field with a default may be left out, even if the CRD requires it.
  const required = schema.required?.filter((name) => schema.properties?.[name]?.default === undefined);
  if (required && required.length > 0) result.required = required;
  if (schema.additionalProperties) result.additionalProperties = convertSchema(schema.additionalProperties);
  if (schema.items) result.items = convertSchema(schema.items);
  for (const keyword of ["allOf", "anyOf", "oneOf"] as const) {
    const parts = schema[keyword];
    if (parts && !(keyword === "anyOf" && schema["x-kubernetes-int-or-string"]))
      result[keyword] = parts.map(constraint);
  }
  if (schema.not) result.not = constraint(schema.not);
  return result;
}

/** Inside combinations objects are open: they only add to what the schema around them says. */
function constraint(schema: Structural): JsonSchema {
  const { additionalProperties, ...rest } = convertSchema(schema);
  return additionalProperties === false
    ? rest
    : { ...rest, ...(additionalProperties !== undefined && { additionalProperties }) };
}

function types(schema: Structural): JsonSchema {
  const named: readonly string[] = schema["x-kubernetes-int-or-string"]
    ? ["integer", "string"]
    : schema.type
      ? [schema.type]
      : [];
  const all = schema.nullable && named.length > 0 ? [...named, "null"] : named;
  const values: readonly Json[] | undefined = schema.enum;
  return { ...(all.length > 0 && { type: all.length === 1 ? all[0] : all }), ...(values && { enum: values }) };
}

function bounds(schema: Structural): JsonSchema {
  const { minimum, maximum } = schema;
  return {
    ...(minimum !== undefined && { [schema.exclusiveMinimum ? "exclusiveMinimum" : "minimum"]: minimum }),
    ...(maximum !== undefined && { [schema.exclusiveMaximum ? "exclusiveMaximum" : "maximum"]: maximum }),
  };
}
