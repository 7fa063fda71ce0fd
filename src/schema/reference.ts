/** Reference pages from kinds: one row per field. */
import type { KindSchema } from "./kind.ts";
import { count } from "./scalars.ts";
import type { Json, Structural } from "./structural.ts";

/** A row of the reference. */
export interface ReferenceRow {
  /** Dotted; `[]` is each item of a list, `{}` each value of a map. */
  readonly path: string;
  /** Type in words: the name of a named type, or `string`, `integer/int32`, `array<…>`, `map<string,…>`, `int-or-string`, `any`. */
  readonly type: string;
  readonly isRequired: boolean;
  readonly default?: Json;
  readonly enum?: readonly Json[];
  /** Limits in words, such as `at most 253 characters`. */
  readonly limits: readonly string[];
  readonly text: string;
}

/** All fields of a kind's own parts (not of its header), parents before their members. */
export function toReference(kind: KindSchema): ReferenceRow[] {
  const { apiVersion: _version, kind: _kind, metadata: _metadata, ...own } = kind.schema.properties ?? {};
  return fieldRows({ ...kind.schema, properties: own }, "");
}

function fieldRows(schema: Structural, prefix: string): ReferenceRow[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const path = prefix === "" ? name : `${prefix}.${name}`;
    return [row(path, property, schema.required?.includes(name) === true), ...innerRows(property, path)];
  });
}

function innerRows(schema: Structural, path: string): ReferenceRow[] {
  if (schema.items) return innerRows(schema.items, `${path}[]`);
  if (schema.additionalProperties) return innerRows(schema.additionalProperties, `${path}{}`);
  return fieldRows(schema, path);
}

function row(path: string, schema: Structural, isRequired: boolean): ReferenceRow {
  return {
    path,
    type: typeText(schema),
    isRequired,
    ...(schema.default !== undefined && { default: schema.default }),
    ...(schema.enum && { enum: schema.enum }),
    limits: limitTexts(schema),
    text: schema.description ?? schema.typeDoc ?? "",
  };
}

function typeText(schema: Structural): string {
  if (schema.typeName !== undefined) return schema.typeName;
  if (schema["x-kubernetes-int-or-string"]) return "int-or-string";
  if (schema.items) return `array<${typeText(schema.items)}>`;
  if (schema.additionalProperties) return `map<string,${typeText(schema.additionalProperties)}>`;
  if (schema.type === undefined) return "any";
  return schema.format === undefined ? schema.type : `${schema.type}/${schema.format}`;
}

const LIMITS: readonly (readonly [keyof Structural, (limit: unknown) => string])[] = [
  ["minLength", (limit) => `at least ${count(Number(limit), "character")}`],
  ["maxLength", (limit) => `at most ${count(Number(limit), "character")}`],
  ["pattern", (limit) => `matches ${limit}`],
  ["minimum", (limit) => `at least ${limit}`],
  ["maximum", (limit) => `at most ${limit}`],
  ["multipleOf", (limit) => `a multiple of ${limit}`],
  ["minItems", (limit) => `at least ${count(Number(limit), "item")}`],
  ["maxItems", (limit) => `at most ${count(Number(limit), "item")}`],
  ["minProperties", (limit) => `at least ${count(Number(limit), "field")}`],
  ["maxProperties", (limit) => `at most ${count(Number(limit), "field")}`],
  ["x-kubernetes-list-map-keys", (limit) => `items differ in ${(limit as readonly string[]).join(", ")}`],
];

function limitTexts(schema: Structural): string[] {
  return LIMITS.flatMap(([keyword, text]) => (schema[keyword] === undefined ? [] : [text(schema[keyword])]));
}
