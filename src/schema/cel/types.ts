/** The types of expressions, and how they follow from a schema. */
import type { Structural } from "../structural.ts";

/** Type of an expression's value. */
export type CelType =
  | { readonly kind: "bool" | "int" | "double" | "string" | "null" | "dyn" | "duration" }
  /** A string that stands for something else (a point in time, bytes): can be compared for equality only. */
  | { readonly kind: "opaque"; readonly format: string }
  | { readonly kind: "list"; readonly items: CelType }
  | { readonly kind: "map"; readonly keys: CelType; readonly values: CelType }
  | { readonly kind: "object"; readonly schema: Structural; readonly isResource: boolean }
  /** A named format such as `format.dns1123Label()`. */
  | { readonly kind: "format" }
  | { readonly kind: "optional"; readonly of: CelType };

export const BOOL: CelType = { kind: "bool" };
export const INT: CelType = { kind: "int" };
export const DOUBLE: CelType = { kind: "double" };
export const STRING: CelType = { kind: "string" };
export const NULL: CelType = { kind: "null" };
export const DYN: CelType = { kind: "dyn" };
export const DURATION: CelType = { kind: "duration" };

/** Formats of strings that Kubernetes does not show as strings to rules. */
const OPAQUE_FORMATS = new Set(["date-time", "date", "byte", "duration"]);

/** The metadata of a resource as rules may see it. */
const METADATA: Structural = {
  type: "object",
  properties: { name: { type: "string" }, generateName: { type: "string" } },
};

/** The header of a resource, whatever its schema says of it. */
const HEADER: { readonly [name: string]: Structural } = {
  apiVersion: { type: "string", default: "" },
  kind: { type: "string", default: "" },
  metadata: { ...METADATA, default: {} },
};

/** The type of values of this schema. */
export function typeOf(schema: Structural, isResource = schema["x-kubernetes-embedded-resource"] === true): CelType {
  switch (schema.type) {
    case "boolean":
      return BOOL;
    case "integer":
      return INT;
    case "number":
      return DOUBLE;
    case "string":
      return schema.format !== undefined && OPAQUE_FORMATS.has(schema.format)
        ? { kind: "opaque", format: schema.format }
        : STRING;
    case "array":
      return { kind: "list", items: schema.items ? typeOf(schema.items) : DYN };
    case "object":
      if (schema.additionalProperties)
        return { kind: "map", keys: STRING, values: typeOf(schema.additionalProperties) };
      return schema["x-kubernetes-preserve-unknown-fields"] && !schema.properties
        ? DYN
        : { kind: "object", schema, isResource };
    default:
      return DYN;
  }
}

/** A field of an object type: its name in the document, its type, and whether it is there in every valid document. */
export interface FieldType {
  readonly name: string;
  readonly type: CelType;
  readonly isAlwaysThere: boolean;
}

/**
 * The field that an expression means by `name`. Names that are no identifiers or reserved words are written with escapes
 * (`__namespace__`, `x__dash__y`); reserved words are also known as they are, since the parser can tell them apart after a dot.
 */
export function fieldOf(type: CelType & { kind: "object" }, name: string): FieldType | undefined {
  const properties = type.schema.properties ?? {};
  for (const candidate of [name, unescapeName(name)]) {
    const schema =
      (type.isResource && Object.hasOwn(HEADER, candidate) ? HEADER[candidate] : undefined) ??
      ownProperty(properties, candidate);
    if (schema === undefined) continue;
    const isAlwaysThere =
      (type.schema.required?.includes(candidate) || schema.default !== undefined) && schema.nullable !== true;
    return { name: candidate, type: typeOf(schema), isAlwaysThere };
  }
  return undefined;
}

function ownProperty(properties: { readonly [name: string]: Structural }, name: string): Structural | undefined {
  return Object.hasOwn(properties, name) ? properties[name] : undefined;
}

const ESCAPES: { readonly [name: string]: string } = { underscores: "__", dot: ".", dash: "-", slash: "/" };

function unescapeName(name: string): string {
  const keyword = /^__([a-z]+)__$/.exec(name)?.[1];
  if (keyword !== undefined && ESCAPES[keyword] === undefined) return keyword;
  return name.replace(/__(underscores|dot|dash|slash)__/g, (_, word: string) => ESCAPES[word] ?? "");
}

/** Whether values of both types can be compared for equality. */
export function comparable(a: CelType, b: CelType): boolean {
  if (a.kind === "dyn" || b.kind === "dyn") return true;
  if (a.kind === "list" && b.kind === "list") return comparable(a.items, b.items);
  if (a.kind === "map" && b.kind === "map") return comparable(a.keys, b.keys) && comparable(a.values, b.values);
  if (a.kind === "optional" && b.kind === "optional") return comparable(a.of, b.of);
  return a.kind === b.kind;
}

/** Whether values of the type are compared with `===`. */
export function isScalar(type: CelType): boolean {
  return !["dyn", "list", "map", "object", "optional", "format"].includes(type.kind);
}

/** The common type of several: the type itself if all agree, otherwise `dyn`. */
export function common(types: readonly CelType[]): CelType {
  const [first] = types;
  if (first === undefined) return DYN;
  return types.every((type) => type.kind === first.kind && comparable(type, first)) ? first : DYN;
}

/** The type as messages show it. */
export function typeText(type: CelType): string {
  switch (type.kind) {
    case "list":
      return `list(${typeText(type.items)})`;
    case "map":
      return `map(${typeText(type.keys)}, ${typeText(type.values)})`;
    case "optional":
      return `optional(${typeText(type.of)})`;
    case "opaque":
      return type.format;
    default:
      return type.kind;
  }
}
