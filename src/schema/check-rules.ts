/** Runs the rules of a schema over an object that has passed its structural checks. */
import { type CompiledRule, compileMessage, compileRule } from "./cel/compile.ts";
import { typeOf } from "./cel/types.ts";
import { type IssueSink, placeUnder } from "./issue.ts";
import type { Rule, Structural } from "./structural.ts";

/** Reports every rule that is not met, at the place of the rule. */
export type RuleCheck = (value: unknown, sink: IssueSink) => void;

const compiled = new WeakMap<Structural, RuleCheck | null>();
const compiledResources = new WeakMap<Structural, RuleCheck | null>();

/** The check of all rules at a node and below; undefined if there are none. Rules compile when their place is first met. */
export function rulesFor(
  schema: Structural,
  isResource = schema["x-kubernetes-embedded-resource"] === true,
): RuleCheck | undefined {
  const cache = isResource ? compiledResources : compiled;
  let check = cache.get(schema);
  if (check === undefined) {
    check = hasRules(schema) ? compileNode(schema, isResource) : null;
    cache.set(schema, check);
  }
  return check ?? undefined;
}

const nodesWithRules = new WeakMap<Structural, boolean>();

function hasRules(schema: Structural): boolean {
  let known = nodesWithRules.get(schema);
  if (known === undefined) {
    known =
      (schema["x-kubernetes-validations"]?.length ?? 0) > 0 ||
      (schema.items !== undefined && hasRules(schema.items)) ||
      (schema.additionalProperties !== undefined && hasRules(schema.additionalProperties)) ||
      Object.values(schema.properties ?? {}).some(hasRules);
    nodesWithRules.set(schema, known);
  }
  return known;
}

function compileNode(schema: Structural, isResource: boolean): RuleCheck {
  const rules = schema["x-kubernetes-validations"] ?? [];
  const inner = innerRules(schema);
  let own: readonly RuleCheck[] | undefined;
  return (value, sink) => {
    if (value === null) return;
    own ??= rules.map((rule) => ownRule(rule, schema, isResource)).filter((check) => check !== undefined);
    for (const check of own) check(value, sink);
    inner?.(value, sink);
  };
}

function ownRule(rule: Rule, schema: Structural, isResource: boolean): RuleCheck | undefined {
  const type = typeOf(schema, isResource);
  const run: CompiledRule | undefined = compileRule(rule.rule, type);
  if (run === undefined) return undefined;
  const field = fieldKeys(rule.fieldPath);
  const words = rule.message ?? `failed rule: ${rule.rule.trim()}`;
  const message = rule.messageExpression === undefined ? undefined : compileMessage(rule.messageExpression, type);
  return (value, sink) => {
    const outcome = run(value);
    if (outcome === true) return;
    if (outcome === false) sink.push({ code: "RuleFailed", message: message?.(value) ?? words, reversed: [...field] });
    else sink.push({ code: "RuleError", message: `${outcome.error} evaluating rule: ${words}`, reversed: [] });
  };
}

/** The keys of a field path such as `.spec['a.b'].c`, last first. */
function fieldKeys(path: string | undefined): string[] {
  const keys = [...(path ?? "").matchAll(/\.([^.[\]]+)|\['((?:[^'\\]|\\.)*)'\]/g)].map(
    (match) => match[1] ?? match[2] ?? "",
  );
  return keys.reverse();
}

function innerRules(schema: Structural): RuleCheck | undefined {
  const { items, additionalProperties, properties = {} } = schema;
  if (items) return hasRules(items) ? overItems(items) : undefined;
  if (additionalProperties) return hasRules(additionalProperties) ? overValues(additionalProperties) : undefined;
  const members = Object.entries(properties).filter(([, property]) => hasRules(property));
  return members.length === 0 ? undefined : overMembers(members);
}

function overItems(items: Structural): RuleCheck {
  let check: RuleCheck | undefined;
  return (value, sink) => {
    if (!Array.isArray(value)) return;
    for (let i = 0; i < value.length; i++) {
      const before = sink.length;
      check ??= rulesFor(items);
      check?.(value[i], sink);
      if (sink.length > before) placeUnder(sink, before, i);
    }
  };
}

function overValues(values: Structural): RuleCheck {
  return (value, sink) => {
    for (const [key, item] of Object.entries(value as Record<string, unknown>)) {
      const before = sink.length;
      rulesFor(values)?.(item, sink);
      if (sink.length > before) placeUnder(sink, before, key);
    }
  };
}

function overMembers(entries: readonly (readonly [string, Structural])[]): RuleCheck {
  const members: { readonly name: string; readonly schema: Structural; check?: RuleCheck | undefined }[] = entries.map(
    ([name, schema]) => ({
      name,
      schema,
    }),
  );
  return (value, sink) => {
    const object = value as Record<string, unknown>;
    for (const member of members) {
      const item = object[member.name];
      if (item === undefined) continue;
      const before = sink.length;
      member.check ??= rulesFor(member.schema);
      member.check?.(item, sink);
      if (sink.length > before) placeUnder(sink, before, member.name);
    }
  };
}
