/** The functions rules may call. */
import { isIPv4, isIPv6 } from "node:net";
import { RE2JS } from "re2js";
import { matcherFor } from "../patterns.ts";
import { parseDuration } from "./duration.ts";
import { validateFormat } from "./formats.ts";
import { BOOL, type CelType, DOUBLE, DURATION, DYN, INT, STRING } from "./types.ts";
import { codePointCount, EvaluationError, type Optional, sizeOf } from "./values.ts";

/** One form of a function. */
export interface Overload {
  /** Type of the value before the dot, if the function is called that way. */
  readonly target?: CelType;
  readonly args: readonly CelType[];
  readonly result: CelType | ((types: readonly CelType[]) => CelType);
  /** Takes the target (if any) and the arguments. Throws an `EvaluationError` if there is no result. */
  readonly call: (...values: never[]) => unknown;
  readonly isTotal: boolean;
  /** Makes the call once the constant arguments are known, where that saves work on each evaluation. */
  readonly prepare?: (
    constants: readonly ({ readonly value: unknown } | undefined)[],
  ) => ((...values: never[]) => unknown) | undefined;
}

const LIST: CelType = { kind: "list", items: DYN };
const MAP: CelType = { kind: "map", keys: DYN, values: DYN };
const FORMAT: CelType = { kind: "format" };
const OPTIONAL: CelType = { kind: "optional", of: DYN };
const STRINGS: CelType = { kind: "list", items: STRING };
const elementOf = ([type]: readonly CelType[]): CelType => (type?.kind === "optional" ? type.of : DYN);

const sizes = [STRING, LIST, MAP].flatMap((type): Overload[] => [
  { target: type, args: [], result: INT, call: sizeOf, isTotal: true },
  { args: [type], result: INT, call: sizeOf, isTotal: true },
]);

/** A method of strings with a result of its own. */
function method(args: readonly CelType[], result: CelType, call: Overload["call"], isTotal = true): Overload {
  return { target: STRING, args, result, call, isTotal };
}

const matches: Omit<Overload, "args"> = {
  result: BOOL,
  isTotal: false,
  call: matchesDynamic,
  prepare: ([, pattern]) => {
    if (typeof pattern?.value !== "string") return undefined;
    return matcherFor(pattern.value);
  },
};

/** All functions by name. */
export const FUNCTIONS: ReadonlyMap<string, readonly Overload[]> = new Map<string, readonly Overload[]>([
  ["size", sizes],
  [
    "matches",
    [
      { ...matches, target: STRING, args: [STRING] },
      { ...matches, args: [STRING, STRING] },
    ],
  ],
  ["contains", [method([STRING], BOOL, (text: string, part: string) => text.includes(part))]],
  ["startsWith", [method([STRING], BOOL, (text: string, part: string) => text.startsWith(part))]],
  ["endsWith", [method([STRING], BOOL, (text: string, part: string) => text.endsWith(part))]],
  ["trim", [method([], STRING, (text: string) => text.trim())]],
  ["lowerAscii", [method([], STRING, (text: string) => text.replace(/[A-Z]+/g, (part) => part.toLowerCase()))]],
  ["upperAscii", [method([], STRING, (text: string) => text.replace(/[a-z]+/g, (part) => part.toUpperCase()))]],
  ["split", [method([STRING], STRINGS, split), method([STRING, INT], STRINGS, split)]],
  [
    "join",
    [
      { target: STRINGS, args: [], result: STRING, call: join, isTotal: true },
      { target: STRINGS, args: [STRING], result: STRING, call: join, isTotal: true },
    ],
  ],
  ["replace", [method([STRING, STRING], STRING, replace), method([STRING, STRING, INT], STRING, replace)]],
  ["substring", [method([INT], STRING, substring, false), method([INT, INT], STRING, substring, false)]],
  ["charAt", [method([INT], STRING, charAt, false)]],
  ["indexOf", [method([STRING], INT, (text: string, part: string) => codePointsBefore(text, text.indexOf(part)))]],
  [
    "lastIndexOf",
    [method([STRING], INT, (text: string, part: string) => codePointsBefore(text, text.lastIndexOf(part)))],
  ],
  ["duration", [{ args: [STRING], result: DURATION, call: duration, isTotal: false }]],
  ["getHours", [wholeUnits(3_600_000_000_000n)]],
  ["getMinutes", [wholeUnits(60_000_000_000n)]],
  ["getSeconds", [wholeUnits(1_000_000_000n)]],
  ["isIP", [{ args: [STRING], result: BOOL, call: isIP, isTotal: true }]],
  [
    "int",
    [
      { args: [INT], result: INT, call: (value: number) => value, isTotal: true },
      { args: [STRING], result: INT, call: toInt, isTotal: false },
      { args: [DOUBLE], result: INT, call: toInt, isTotal: false },
    ],
  ],
  [
    "double",
    [
      { args: [DOUBLE], result: DOUBLE, call: (value: number) => value, isTotal: true },
      { args: [INT], result: DOUBLE, call: (value: number) => value, isTotal: true },
    ],
  ],
  ["string", [STRING, INT, BOOL].map((type) => ({ args: [type], result: STRING, call: String, isTotal: true }))],
  ["dyn", [{ args: [DYN], result: DYN, call: (value: unknown) => value, isTotal: true }]],
  [
    "validate",
    [
      {
        target: FORMAT,
        args: [STRING],
        result: { kind: "optional", of: STRINGS },
        call: validateFormat,
        isTotal: true,
      },
    ],
  ],
  [
    "hasValue",
    [{ target: OPTIONAL, args: [], result: BOOL, call: (value: Optional) => value.isPresent, isTotal: true }],
  ],
  ["value", [{ target: OPTIONAL, args: [], result: elementOf, call: demandValue, isTotal: false }]],
  [
    "orValue",
    [
      {
        target: OPTIONAL,
        args: [DYN],
        result: elementOf,
        call: (value: Optional, other: unknown) => (value.isPresent ? value.value : other),
        isTotal: true,
      },
    ],
  ],
]);

/** Patterns from documents run in re2js only: nobody vouches for them. */
function matchesDynamic(text: string, pattern: string): boolean {
  let compiled: ReturnType<typeof RE2JS.compile>;
  try {
    compiled = RE2JS.compile(pattern);
  } catch {
    throw new EvaluationError(`error parsing regexp: ${pattern}`);
  }
  return compiled.matcher(text).find();
}

function split(text: string, separator: string, limit = -1): readonly string[] {
  if (limit === 0) return [];
  const parts = separator === "" ? [...text] : text.split(separator);
  if (limit < 0 || parts.length <= limit) return parts;
  return [...parts.slice(0, limit - 1), parts.slice(limit - 1).join(separator)];
}

function join(parts: readonly string[], separator = ""): string {
  return parts.join(separator);
}

function replace(text: string, old: string, by: string, limit = -1): string {
  if (limit < 0) return text.replaceAll(old, () => by);
  let rest = text;
  let done = "";
  for (let i = 0; i < limit; i++) {
    const at = rest.indexOf(old, old === "" && i > 0 ? 1 : 0);
    if (at < 0) break;
    done += rest.slice(0, at) + by;
    rest = rest.slice(at + old.length);
  }
  return done + rest;
}

function substring(text: string, start: number, end?: number): string {
  const points = [...text];
  const stop = end ?? points.length;
  if (start < 0 || start > points.length) throw new EvaluationError(`index out of range: ${start}`);
  if (stop < 0 || stop > points.length) throw new EvaluationError(`index out of range: ${stop}`);
  if (start > stop) throw new EvaluationError(`invalid substring range. start: ${start}, end: ${stop}`);
  return points.slice(start, stop).join("");
}

function charAt(text: string, index: number): string {
  const points = [...text];
  if (index < 0 || index > points.length) throw new EvaluationError(`index out of range: ${index}`);
  return points[index] ?? "";
}

function codePointsBefore(text: string, unit: number): number {
  return unit < 0 ? -1 : codePointCount(text.slice(0, unit));
}

function duration(text: string): bigint {
  const value = parseDuration(text);
  if (value === undefined) throw new EvaluationError(`time: invalid duration ${JSON.stringify(text)}`);
  return value;
}

function wholeUnits(unit: bigint): Overload {
  return { target: DURATION, args: [], result: INT, call: (value: bigint) => Number(value / unit), isTotal: true };
}

/** Kubernetes' idea of an address: no zone, no IPv4 address inside an IPv6 one, no leading zeros. */
function isIP(text: string): boolean {
  return isIPv4(text) || (isIPv6(text) && !text.includes("%") && !/^(?:0{0,4}:){2,5}(?::?)ffff:/i.test(text));
}

function toInt(value: number | string): number {
  const number = typeof value === "number" ? Math.trunc(value) : /^-?\d+$/.test(value) ? Number(value) : Number.NaN;
  if (!Number.isSafeInteger(number)) throw new EvaluationError(`not an integer: ${value}`);
  return number;
}

function demandValue(optional: Optional): unknown {
  if (!optional.isPresent) throw new EvaluationError("optional.none() dereference");
  return optional.value;
}
