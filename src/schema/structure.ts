/**
 * Structure: pruning, defaulting and validation in one walk, as closures that are compiled per schema node when first met.
 *
 * The order of effects is Kubernetes': unknown fields go, nulls go (or become the default), defaults come, then limits are checked
 * on what is there. Values are never changed in place: an untouched part of the document is shared with the result.
 */
import { alternatives } from "./alternatives.ts";
import { type IssueSink, placeUnder, report, reportAt } from "./issue.ts";
import { uniqueness } from "./lists.ts";
import {
  type Assertion,
  count,
  enumeration,
  hasType,
  isObject,
  numberLimits,
  reportType,
  stringLimits,
} from "./scalars.ts";
import type { Structural } from "./structural.ts";
import { suggest } from "./suggest.ts";

/** Checks a value and returns it as it is after pruning and defaulting; the same object if nothing changed. */
export type Check = (value: unknown, sink: IssueSink) => unknown;

/**
 * How a node is looked at: as part of the document, as a whole resource (whose `apiVersion`, `kind` and `metadata` are kept as they are), or as
 * a mere constraint inside `allOf`, `anyOf`, `oneOf` and `not`, which neither prunes nor defaults.
 */
export type Role = "part" | "resource" | "constraint";

const compiled: { readonly [role in Role]: WeakMap<Structural, Check> } = {
  part: new WeakMap(),
  resource: new WeakMap(),
  constraint: new WeakMap(),
};

/** The check for a node, compiled once. */
export function checkFor(schema: Structural, role: Role = "part"): Check {
  let check = compiled[role].get(schema);
  if (check === undefined) {
    check = compile(schema, role);
    compiled[role].set(schema, check);
  }
  return check;
}

function compile(schema: Structural, role: Role): Check {
  const assertions = assertionsFor(schema);
  const inner = innerCheck(schema, role);
  if (inner !== undefined) return assertions.length === 0 ? inner : withAssertions(schema, inner, assertions);
  if (schema.type === "string" && assertions.length <= 1) return stringCheck(schema, assertions[0]);
  const isFine = (value: unknown): boolean => hasType(schema, value);
  return (value, sink) => {
    if (value === null && schema.nullable) return value;
    if (!isFine(value)) reportType(schema, value, sink);
    else for (const assertion of assertions) assertion(value, sink);
    return value;
  };
}

/** Most values are strings with one kind of limit at most. */
function stringCheck(schema: Structural, assertion: Assertion | undefined): Check {
  return (value, sink) => {
    if (typeof value === "string") assertion?.(value, sink);
    else if (value !== null || !schema.nullable) reportType(schema, value, sink);
    return value;
  };
}

function withAssertions(schema: Structural, inner: Check, assertions: readonly Assertion[]): Check {
  return (value, sink) => {
    const result = inner(value, sink);
    if (!hasType(schema, result)) return result;
    for (const assertion of assertions) assertion(result, sink);
    return result;
  };
}

function assertionsFor(schema: Structural): Assertion[] {
  return [
    stringLimits(schema),
    numberLimits(schema),
    schema.enum && enumeration(schema.enum),
    sizeLimits(schema),
    uniqueness(schema),
    alternatives(schema, (constraint) => checkFor(constraint, "constraint")),
  ].filter((assertion) => assertion !== undefined);
}

/** The check of a list or an object with something to look at in it; it checks the type itself. */
function innerCheck(schema: Structural, role: Role): Check | undefined {
  if (schema["x-kubernetes-int-or-string"]) return undefined;
  if (schema.type === "array" || schema.items)
    return schema.items && listCheck(schema, schema.items, role === "constraint" ? "constraint" : "part");
  const isResource = role === "resource" || schema["x-kubernetes-embedded-resource"] === true;
  const keepsAll = role === "constraint" || schema["x-kubernetes-preserve-unknown-fields"] === true;
  const hasMembers =
    schema.properties !== undefined || schema.additionalProperties !== undefined || schema.required !== undefined;
  if (!hasMembers && (schema.type !== "object" || keepsAll)) return undefined;
  return objectCheck(schema, { isResource, keepsAll, isConstraint: role === "constraint" });
}

/** What a list or object check does with a value of another type; a schema without a type (in a combination) has nothing against it. */
function otherType(schema: Structural, value: unknown, sink: IssueSink): unknown {
  if (schema.type !== undefined && (value !== null || !schema.nullable)) reportType(schema, value, sink);
  return value;
}

function listCheck(schema: Structural, items: Structural, role: Role): Check {
  let check: Check | undefined;
  return (value, sink) => {
    if (!Array.isArray(value)) return otherType(schema, value, sink);
    let result: unknown[] | undefined;
    check ??= checkFor(items, role);
    for (let i = 0; i < value.length; i++) {
      const before = sink.length;
      const next = check(value[i], sink);
      if (sink.length > before) placeUnder(sink, before, i);
      if (next !== value[i]) {
        result ??= [...value];
        result[i] = next;
      }
    }
    return result ?? value;
  };
}

interface ObjectOptions {
  readonly isResource: boolean;
  readonly keepsAll: boolean;
  readonly isConstraint: boolean;
}

/** A declared field, with its check once it was needed. */
interface Member {
  readonly schema: Structural;
  readonly hasDefault: boolean;
  readonly dropsNull: boolean;
  check?: Check;
}

function objectCheck(schema: Structural, options: ObjectOptions): Check {
  const role: Role = options.isConstraint ? "constraint" : "part";
  const members = new Map(
    Object.entries(schema.properties ?? {}).map(([name, property]) => [name, memberFor(property, name, options)]),
  );
  const others = schema.additionalProperties && memberFor(schema.additionalProperties, "", options);
  const defaults = [...members].filter(([, member]) => member.hasDefault && !options.isConstraint);
  const requiredNames = schema.required ?? [];

  return (value, sink) => {
    if (!isObject(value)) return otherType(schema, value, sink);
    let result: Record<string, unknown> | undefined;
    for (const key in value) {
      const member = members.get(key) ?? others;
      const old = value[key];
      if (member === undefined) {
        if (options.keepsAll || (options.isResource && isHeader(key))) continue;
        reportUnknown(key, members.keys(), sink);
        result ??= { ...value };
        delete result[key];
      } else if (old === undefined || (old === null && member.dropsNull)) {
        result ??= { ...value };
        delete result[key];
      } else {
        const before = sink.length;
        member.check ??= checkFor(member.schema, role);
        const next = member.check(old, sink);
        if (sink.length > before) placeUnder(sink, before, key);
        if (next !== old) {
          result ??= { ...value };
          put(result, key, next);
        }
      }
    }
    for (const [name, member] of defaults) {
      if ((result ?? value)[name] !== undefined) continue;
      result ??= { ...value };
      result[name] = defaultOf(member, name, sink);
    }
    const final = result ?? value;
    for (const name of requiredNames) if (final[name] === undefined) reportAt(sink, name, "Required", "is required");
    return final;
  };
}

function memberFor(schema: Structural, name: string, options: ObjectOptions): Member {
  // Metadata has a format of its own and is checked with it; here it only must be an object.
  const own: Structural =
    options.isResource && name === "metadata"
      ? { type: "object", "x-kubernetes-preserve-unknown-fields": true }
      : schema;
  return {
    schema: own,
    hasDefault: own.default !== undefined,
    dropsNull: own.nullable !== true && !options.isConstraint,
  };
}

const completedDefaults = new WeakMap<Structural, unknown>();

/** The default with the defaults inside it filled in. One value serves all documents, as nobody changes values in place. */
function defaultOf(member: Member, name: string, sink: IssueSink): unknown {
  const known = completedDefaults.get(member.schema);
  if (known !== undefined) return known;
  const before = sink.length;
  member.check ??= checkFor(member.schema);
  const completed = member.check(member.schema.default, sink);
  // A default that breaks its own limits is told anew for each document.
  if (sink.length > before) placeUnder(sink, before, name);
  else completedDefaults.set(member.schema, completed);
  return completed;
}

function isHeader(key: string): boolean {
  return key === "apiVersion" || key === "kind" || key === "metadata";
}

function reportUnknown(key: string, known: Iterable<string>, sink: IssueSink): void {
  const meant = suggest(key, known);
  reportAt(
    sink,
    key,
    "UnknownField",
    meant === undefined ? "unknown field" : `unknown field; did you mean ${JSON.stringify(meant)}?`,
  );
}

function put(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key === "__proto__")
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  else target[key] = value;
}

function sizeLimits(schema: Structural): Assertion | undefined {
  const { minItems = 0, maxItems, minProperties = 0, maxProperties } = schema;
  if (minItems === 0 && maxItems === undefined && minProperties === 0 && maxProperties === undefined) return undefined;
  return (value, sink) => {
    const isList = Array.isArray(value);
    if (!isList && !isObject(value)) return;
    const size = isList ? value.length : Object.keys(value).length;
    const least = isList ? minItems : minProperties;
    const most = (isList ? maxItems : maxProperties) ?? Number.POSITIVE_INFINITY;
    const noun = isList ? "item" : "field";
    if (size < least) report(sink, "TooFew", `must have at least ${count(least, noun)}, but has ${size}`);
    if (size > most) report(sink, "TooMany", `must have at most ${count(most, noun)}, but has ${size}`);
  };
}
