/** Checks of strings, numbers, truth values and enumerations. */
import { FORMATS } from "./formats.ts";
import { type IssueSink, report, show } from "./issue.ts";
import { type Matcher, matcherFor } from "./patterns.ts";
import type { Json, Structural } from "./structural.ts";
import { suggest } from "./suggest.ts";

/** A check of one value that only reports. */
export type Assertion = (value: unknown, sink: IssueSink) => void;

const TYPE_NAMES = {
  object: "an object",
  array: "a list",
  string: "a string",
  integer: "a whole number",
  number: "a number",
  boolean: "true or false",
} as const;

/** Reports that the value has another type than the schema wants. */
export function reportType(schema: Structural, value: unknown, sink: IssueSink): void {
  const wanted = schema["x-kubernetes-int-or-string"]
    ? "a whole number or a string"
    : TYPE_NAMES[schema.type ?? "object"];
  report(sink, "WrongType", `must be ${wanted}, but is ${typeName(value)}`);
}

/** Whether the value has the schema's type; schemas without a type take anything. */
export function hasType(schema: Structural, value: unknown): boolean {
  if (schema["x-kubernetes-int-or-string"]) return typeof value === "string" || Number.isInteger(value);
  switch (schema.type) {
    case undefined:
      return true;
    case "object":
      return isObject(value);
    case "array":
      return Array.isArray(value);
    case "integer":
      return Number.isInteger(value);
    default:
      return typeof value === schema.type;
  }
}

/** True for a JSON object. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The limits of strings; only the first that is broken is told, as a too long text must not reach the pattern. */
export function stringLimits(schema: Structural): Assertion | undefined {
  const { minLength = 0, maxLength = Number.POSITIVE_INFINITY, pattern } = schema;
  const format = schema.format === undefined ? undefined : FORMATS.get(schema.format);
  if (minLength === 0 && maxLength === Number.POSITIVE_INFINITY && pattern === undefined && !format) return undefined;
  let matches: Matcher | undefined;
  return (value, sink) => {
    if (typeof value !== "string") return;
    if (format && !format(value)) report(sink, "BadFormat", `must be a valid ${schema.format}, but is ${show(value)}`);
    // A text has at most as many code points as UTF-16 units, so the exact count is rarely needed.
    const length = value.length > maxLength || value.length < minLength * 2 ? codePoints(value) : minLength;
    if (length > maxLength)
      report(sink, "TooLong", `must have at most ${count(maxLength, "character")}, but has ${length}`);
    else if (length < minLength)
      report(sink, "TooShort", `must have at least ${count(minLength, "character")}, but has ${length}`);
    else if (pattern !== undefined) {
      matches ??= matcherFor(pattern);
      if (!matches(value)) report(sink, "PatternMismatch", `must match ${pattern}, but is ${show(value)}`);
    }
  };
}

/** The limits of numbers, with what their format can hold. */
export function numberLimits(schema: Structural): Assertion | undefined {
  const { minimum, maximum, multipleOf } = schema;
  const isInt32 = schema.type === "integer" && schema.format === "int32";
  if (minimum === undefined && maximum === undefined && multipleOf === undefined && !isInt32) return undefined;
  return (value, sink) => {
    if (typeof value !== "number") return;
    if (isInt32 && (value > 2147483647 || value < -2147483648))
      report(sink, "TooLarge", `must fit 32 bits, but is ${value}`);
    if (maximum !== undefined && (schema.exclusiveMaximum ? value >= maximum : value > maximum)) {
      report(
        sink,
        "TooLarge",
        `must be ${schema.exclusiveMaximum ? "less than" : "at most"} ${maximum}, but is ${value}`,
      );
    }
    if (minimum !== undefined && (schema.exclusiveMinimum ? value <= minimum : value < minimum)) {
      report(
        sink,
        "TooSmall",
        `must be ${schema.exclusiveMinimum ? "more than" : "at least"} ${minimum}, but is ${value}`,
      );
    }
    if (multipleOf !== undefined && !Number.isInteger(value / multipleOf)) {
      report(sink, "NotMultiple", `must be a multiple of ${multipleOf}, but is ${value}`);
    }
  };
}

/** Membership in an enumeration. */
export function enumeration(values: readonly Json[]): Assertion {
  const scalars = new Set<unknown>(values);
  return (value, sink) => {
    if (scalars.has(value)) return;
    const meant =
      typeof value === "string"
        ? suggest(
            value,
            values.filter((item) => typeof item === "string"),
          )
        : undefined;
    const hint = meant === undefined ? "" : `; did you mean ${show(meant)}?`;
    report(sink, "UnsupportedValue", `must be one of ${values.map(show).join(", ")}, but is ${show(value)}${hint}`);
  };
}

/** `1 item`, `2 items`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

function typeName(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (isObject(value)) return "an object";
  return `the ${typeof value} ${show(value)}`;
}

function codePoints(text: string): number {
  let length = 0;
  for (const _ of text) length++;
  return length;
}
