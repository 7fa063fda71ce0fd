/** Values as JSON has them; what bootstraps are made of before Envoy reads them. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

export interface JsonObject {
  readonly [field: string]: Json | undefined;
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Equality of two JSON values; the order of an object's fields does not count, nor does a field that is `undefined`. */
export function sameJson(a: Json | undefined, b: Json | undefined): boolean {
  return canonicalJson(a) === canonicalJson(b);
}

/** JSON text with sorted fields: the same value has the same text. `undefined` gives an empty text. */
export function canonicalJson(value: Json | undefined): string {
  if (value === undefined) return "";
  if (Array.isArray(value)) return `[${value.map((item: Json) => canonicalJson(item)).join(",")}]`;
  if (isJsonObject(value)) {
    const fields = Object.keys(value)
      .filter((field) => value[field] !== undefined)
      .sort();
    return `{${fields.map((field) => `${JSON.stringify(field)}:${canonicalJson(value[field])}`).join(",")}}`;
  }
  return JSON.stringify(value);
}
