/**
 * Values while a rule runs: JSON as it is (integers and fractions are JavaScript numbers), durations as `bigint` nanoseconds,
 * map literals as `Map`, and optional values as {@link Optional}.
 */
import { type CelType, typeText } from "./types.ts";

/**
 * Why an expression has no value. Thrown while a rule runs, and caught by `&&`, `||`, `all`, `exists` where the other side decides.
 * Not an `Error`: nobody reads its stack, and collecting that would cost more than the rule.
 */
export class EvaluationError {
  readonly message: string;

  constructor(message: string) {
    this.message = message;
  }
}

/** A value that may be missing (`.?field`). */
export class Optional {
  readonly value: unknown;

  constructor(value?: unknown) {
    this.value = value;
  }

  get isPresent(): boolean {
    return this.value !== undefined;
  }
}

export function noSuchKey(key: unknown): EvaluationError {
  return new EvaluationError(`no such key: ${String(key)}`);
}

export function noSuchOverload(): EvaluationError {
  return new EvaluationError("no such overload");
}

/** True for a JSON object. */
export function isJsonObject(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Map) &&
    !(value instanceof Optional)
  );
}

/** The value under a key of a map, or undefined. */
export function lookUp(map: unknown, key: unknown): unknown {
  if (map instanceof Map) return map.get(key);
  if (!isJsonObject(map)) throw noSuchOverload();
  return typeof key === "string" && Object.hasOwn(map, key) ? map[key] : undefined;
}

/** What a comprehension goes over: the items of a list, the keys of a map. */
export function itemsOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  if (value instanceof Map) return [...value.keys()];
  if (isJsonObject(value)) return Object.keys(value);
  throw noSuchOverload();
}

/** Equality of any two values; numbers are equal by value, lists and maps by content. */
export function deepEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (a instanceof Optional || b instanceof Optional)
    return a instanceof Optional && b instanceof Optional && deepEqual(a.value, b.value);
  if (Array.isArray(a) || Array.isArray(b)) {
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, i) => deepEqual(item, b[i]));
  }
  const keys = itemsOf(a);
  return keys.length === itemsOf(b).length && keys.every((key) => deepEqual(lookUp(a, key), lookUp(b, key)));
}

/** Number of characters (code points), items or entries. */
export function sizeOf(value: unknown): number {
  return typeof value === "string" ? codePointCount(value) : itemsOf(value).length;
}

/** Number of code points of a text. */
export function codePointCount(text: string): number {
  let units = 0;
  for (let i = 0; i < text.length; i++)
    if ((text.charCodeAt(i) & 0xfc00) === 0xdc00 && i > 0 && (text.charCodeAt(i - 1) & 0xfc00) === 0xd800) units++;
  return text.length - units;
}

/** Order of two texts by code points. */
export function compareTexts(a: string, b: string): number {
  if (a === b) return 0;
  let i = 0;
  while (i < a.length && a[i] === b[i]) i++;
  if (i > 0 && (a.charCodeAt(i - 1) & 0xfc00) === 0xd800) i--;
  return (a.codePointAt(i) ?? -1) - (b.codePointAt(i) ?? -1);
}

/** Whether a value met at run time is of this kind. */
export function isOfKind(value: unknown, type: CelType): boolean {
  switch (type.kind) {
    case "dyn":
      return true;
    case "bool":
      return typeof value === "boolean";
    case "int":
      return Number.isInteger(value);
    case "double":
      return typeof value === "number";
    case "string":
    case "opaque":
      return typeof value === "string";
    case "null":
      return value === null;
    case "duration":
      return typeof value === "bigint";
    case "list":
      return Array.isArray(value);
    case "map":
    case "object":
      return value instanceof Map || isJsonObject(value);
    case "optional":
      return value instanceof Optional;
    case "format":
      throw new EvaluationError(`a ${typeText(type)} is no value`);
  }
}
