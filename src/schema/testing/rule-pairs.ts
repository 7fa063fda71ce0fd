/**
 * For every rule of a kind a pair of objects, one that the rule accepts and one that it refuses, all else in them being right. Found by
 * trying random values at the rule's place, then what stands around them, and made small in the end; the same kind always gives the same pairs.
 */
import { type CompiledRule, compileRule } from "../cel/compile.ts";
import { typeOf } from "../cel/types.ts";
import { rulesFor } from "../check-rules.ts";
import { finished, type Issue, type IssueSink } from "../issue.ts";
import type { Json, Rule, Structural } from "../structural.ts";
import { checkFor } from "../structure.ts";
import { documentFor, literalsIn } from "./documents.ts";
import { shrunk } from "./shrink.ts";

/** A step from an object to a part of it. */
type Step = { readonly field: string } | "item" | "value";

/** Where a rule stands: the schemas from the root to its own, with the steps between them. */
export interface RulePlace {
  /** E.g. `.spec.endpoints[].unix`. */
  readonly path: string;
  readonly rule: Rule;
  readonly schemas: readonly Structural[];
  readonly steps: readonly Step[];
}

export interface RulePair {
  readonly accepted: Json;
  readonly refused: Json;
}

/** All rules below a schema, in the order of its fields. */
export function rulePlaces(root: Structural): RulePlace[] {
  const places: RulePlace[] = [];
  const visit = (schemas: readonly Structural[], steps: readonly Step[], path: string): void => {
    const schema = schemas.at(-1) ?? root;
    for (const rule of schema["x-kubernetes-validations"] ?? []) places.push({ path, rule, schemas, steps });
    const below = (next: Structural, step: Step, text: string): void =>
      visit([...schemas, next], [...steps, step], path + text);
    for (const [field, next] of Object.entries(schema.properties ?? {})) below(next, { field }, `.${field}`);
    if (schema.items) below(schema.items, "item", "[]");
    if (schema.additionalProperties) below(schema.additionalProperties, "value", "{}");
  };
  visit([root], [], "");
  return places;
}

/** How often values are tried at one place before the search is given up. */
const attempts = 1_500;

/**
 * The pair of a rule; undefined where none was found. `header` is what every object of the kind has, such as `apiVersion`.
 */
export function rulePair(place: RulePlace, header: Readonly<Record<string, Json>>): RulePair | undefined {
  for (const isAlone of [true, false]) {
    const values = rememberedValues(place, isAlone);
    if (!values) continue;
    const refused = wholeAround(place, values.refused, header, isAlone ? "refused alone" : "refused");
    if (refused === undefined) continue;
    const same = replaced(refused, place.steps, values.accepted);
    const accepted = judged(place, same, 0, "accepted")
      ? same
      : wholeAround(place, values.accepted, header, "accepted");
    if (accepted !== undefined) return { accepted, refused };
  }
  return undefined;
}

/** What becomes of a value: nothing is wrong with it, only the rule is broken, or the rule among others. */
type Outcome = "accepted" | "refused alone" | "refused";

const remembered = new WeakMap<Structural, Map<string, RulePair | undefined>>();

/** Many places share their schema. */
function rememberedValues(place: RulePlace, isAlone: boolean): RulePair | undefined {
  const schema = place.schemas.at(-1) ?? {};
  const known = remembered.get(schema) ?? new Map<string, RulePair | undefined>();
  remembered.set(schema, known);
  const key = `${isAlone} ${place.rule.rule}`;
  if (!known.has(key)) known.set(key, valuesAt(place, isAlone));
  return known.get(key);
}

/** Values for the place of the rule itself, as alike as they come. */
function valuesAt(place: RulePlace, isAlone: boolean): RulePair | undefined {
  const depth = place.steps.length;
  const is =
    (outcome: Outcome) =>
    (value: Json): boolean =>
      judged(place, value, depth, outcome);
  const isRefused = is(isAlone ? "refused alone" : "refused");
  const found = firstOf(candidates(place, depth, place.rule.rule), isRefused);
  if (found === undefined) return undefined;
  const refused = shrunk(found, isRefused);
  const isAccepted = is("accepted");
  for (const other of candidates(place, depth, place.rule.rule)) {
    const accepted = firstOf([...mixtures(refused, other), other], isAccepted);
    if (accepted !== undefined) return { accepted, refused };
  }
  return undefined;
}

function firstOf(values: Iterable<Json>, isRight: (value: Json) => boolean): Json | undefined {
  for (const value of values) if (isRight(value)) return value;
  return undefined;
}

/** Values that the schema `depth` steps below the root allows, small ones first; half of them have only fields that `words` name. */
function* candidates({ schemas, path }: RulePlace, depth: number, words: string): Generator<Json> {
  const schema = schemas[depth] ?? {};
  const narrow = narrowed(schema, new Set(words.match(/\w+/g)));
  const texts = ["", "a", "b", "example.com", "/", ...literalsIn(words)];
  const seed = hashOf(`${path} ${depth}`);
  for (let i = 0; i < attempts; i++) {
    const [shape, choice] = i % 2 ? [schema, undefined] : [narrow, texts];
    yield documentFor(shape, seed + i * 7919, { dirt: 0, size: Math.floor(i / 20) % 50, texts: choice });
  }
}

/** The schema with no other fields than these, and those that are needed. */
function narrowed(schema: Structural, fields: ReadonlySet<string>): Structural {
  const { properties, items, additionalProperties } = schema;
  const kept = Object.entries(properties ?? {}).filter(
    ([field]) => fields.has(field) || schema.required?.includes(field) === true,
  );
  return {
    ...schema,
    ...(properties && { properties: Object.fromEntries(kept.map(([field, next]) => [field, narrowed(next, fields)])) }),
    ...(items && { items: narrowed(items, fields) }),
    ...(additionalProperties && { additionalProperties: narrowed(additionalProperties, fields) }),
  };
}

/** The value with one field of the other value, or without one of its own. */
function mixtures(value: Json, other: Json): Json[] {
  if (!isObject(value) || !isObject(other)) return [];
  return [...new Set([...Object.keys(other), ...Object.keys(value)])].map((field) => {
    const { [field]: _own, ...rest } = value;
    return field in other ? { ...rest, [field]: other[field] ?? null } : rest;
  });
}

/** The smallest object found that has `value` at the rule's place. */
function wholeAround(
  place: RulePlace,
  value: Json,
  header: Readonly<Record<string, Json>>,
  outcome: Outcome,
): Json | undefined {
  let whole: Json | undefined = value;
  for (let depth = place.steps.length - 1; depth >= 0 && whole !== undefined; depth--) {
    const inner: Json = whole;
    const rules = place.schemas[depth]?.["x-kubernetes-validations"] ?? [];
    const text = rules.map(({ rule }) => rule).join(" ");
    whole = undefined;
    for (const rest of candidates(place, depth, text)) {
      const around = depth === 0 && isObject(rest) ? { ...rest, ...header } : rest;
      const candidate = containing(place.steps[depth] ?? "item", inner, around);
      if (!judged(place, candidate, depth, outcome)) continue;
      whole = candidate;
      break;
    }
  }
  if (whole === undefined) return undefined;
  const isSmaller = (smaller: Json): boolean => hasHeader(smaller, header) && judged(place, smaller, 0, outcome);
  return outcome === "accepted" ? whole : shrunk(whole, isSmaller);
}

function containing(step: Step, value: Json, rest: Json): Json {
  if (step === "item") return [value, ...(Array.isArray(rest) ? rest.slice(1) : [])];
  return { ...(isObject(rest) ? rest : {}), [step === "value" ? "example.com/name" : step.field]: value };
}

/** The object with another value at the (first) place that the steps lead to. */
function replaced(whole: Json, steps: readonly Step[], value: Json): Json {
  const [step, ...rest] = steps;
  if (step === undefined) return value;
  if (Array.isArray(whole)) return whole.toSpliced(0, 1, replaced(whole[0] ?? null, rest, value));
  if (!isObject(whole)) return whole;
  const field = typeof step === "string" ? (Object.keys(whole)[0] ?? "") : step.field;
  return { ...whole, [field]: replaced(whole[field] ?? null, rest, value) };
}

/** Whether a value that stands `depth` steps below the root comes out like this. */
function judged(place: RulePlace, value: Json, depth: number, outcome: Outcome): boolean {
  const { object, issues } = verdict(place.schemas[depth] ?? {}, value, depth === 0);
  if (outcome === "accepted" ? issues.length > 0 : issues.length === 0) return false;
  if (outcome === "refused alone" && issues.length > 1) return false;
  if (issues.some(({ code }) => !code.startsWith("Rule"))) return false;
  const run = compiled(place);
  const values = valuesBelow(object, place.steps.slice(depth));
  return (
    values.length > 0 && run !== undefined && values.some((one) => run(one) === false) !== (outcome === "accepted")
  );
}

/** What the schema says of a value, as an API server would. */
export function verdict(
  schema: Structural,
  value: Json,
  isResource: boolean,
): { readonly object: unknown; readonly issues: readonly Issue[] } {
  const sink: IssueSink = [];
  const object = checkFor(schema, isResource ? "resource" : "part")(value, sink);
  if (sink.length === 0) rulesFor(schema, isResource)?.(object, sink);
  return { object, issues: finished(sink).filter(({ severity }) => severity === "error") };
}

function valuesBelow(value: unknown, steps: readonly Step[]): unknown[] {
  const [step, ...rest] = steps;
  if (value === undefined || value === null) return [];
  if (step === undefined) return [value];
  const members =
    step === "item" || step === "value" ? Object.values(value) : [(value as Record<string, unknown>)[step.field]];
  return members.flatMap((member) => valuesBelow(member, rest));
}

const rules = new WeakMap<RulePlace, { readonly run: CompiledRule | undefined }>();

function compiled(place: RulePlace): CompiledRule | undefined {
  let known = rules.get(place);
  if (!known) {
    const depth = place.steps.length;
    known = { run: compileRule(place.rule.rule, typeOf(place.schemas[depth] ?? {}, depth === 0)) };
    rules.set(place, known);
  }
  return known.run;
}

function isObject(value: Json): value is { readonly [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function hasHeader(value: Json, header: Readonly<Record<string, Json>>): boolean {
  return (
    isObject(value) &&
    Object.keys(header).every((field) => JSON.stringify(value[field]) === JSON.stringify(header[field]))
  );
}

/** FNV-1a. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const character of text) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  return hash >>> 0;
}
