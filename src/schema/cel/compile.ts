/** Compiles rules: from a syntax tree and a schema to a function. */
import { type Expr, mentions, RuleCompileError } from "./ast.ts";
import { callNode } from "./calls.ts";
import { and, conditional, not, or } from "./logic.ts";
import { isMacro, macro } from "./macros.ts";
import { constant, demandBool, type Frame, type Node, type Scope } from "./node.ts";
import { binary, negate } from "./operators.ts";
import { parse } from "./parser.ts";
import { index, select } from "./select.ts";
import { BOOL, type CelType, common, DOUBLE, DYN, INT, NULL, STRING } from "./types.ts";
import { EvaluationError } from "./values.ts";

/** A compiled rule: true, false, or the words of the error that kept it from having a value. */
export type CompiledRule = (self: unknown) => boolean | { readonly error: string };

const LITERALS = { int: INT, double: DOUBLE, string: STRING, bool: BOOL, null: NULL } as const;

/**
 * Compiles a rule for `self` of this type. A field the schema does not declare and an operator that does not fit its operands are
 * errors now, as in Kubernetes. Returns undefined for a rule about changes (one that names `oldSelf`), which does not run on create.
 */
export function compileRule(text: string, type: CelType): CompiledRule | undefined {
  const expr = parse(text);
  if (mentions(expr, "oldSelf")) return undefined;
  const node = demandBool(compileIn(expr, { variables: new Map([["self", { slot: 0, type }]]), size: 1 }), expr);
  const { run } = node;
  // One frame serves all calls: rules do not call each other, so a rule is never entered while it runs.
  const frame: Frame = [];
  if (node.isTotal) {
    return (self) => {
      frame[0] = self;
      return run(frame) === true;
    };
  }
  return (self) => {
    frame[0] = self;
    try {
      return run(frame) === true;
    } catch (error) {
      if (error instanceof EvaluationError) return { error: error.message };
      throw error;
    }
  };
}

/** Compiles an expression that yields a text, as `messageExpression` does. The function gives undefined where it does not. */
export function compileMessage(text: string, type: CelType): (self: unknown) => string | undefined {
  const { run } = compileIn(parse(text), { variables: new Map([["self", { slot: 0, type }]]), size: 1 });
  return (self) => {
    try {
      const value = run([self]);
      return typeof value === "string" ? value : undefined;
    } catch (error) {
      if (error instanceof EvaluationError) return undefined;
      throw error;
    }
  };
}

/** Compiles an expression in a scope. */
export function compileIn(expr: Expr, scope: Scope): Node {
  const part = (inner: Expr): Node => compileIn(inner, scope);
  switch (expr.kind) {
    case "literal":
      return constant(LITERALS[expr.type], expr.value);
    case "name":
      return variable(expr.name, scope, expr);
    case "select":
      return select(part(expr.of), expr);
    case "index":
      return index(part(expr.of), part(expr.index), expr);
    case "unary":
      return expr.operator === "!" ? not(demandBool(part(expr.of), expr.of)) : negate(part(expr.of), expr);
    case "conditional":
      return conditional(demandBool(part(expr.test), expr.test), part(expr.yes), part(expr.no));
    case "binary": {
      const { operator, left, right } = expr;
      if (operator === "&&") return and(demandBool(part(left), left), demandBool(part(right), right));
      if (operator === "||") return or(demandBool(part(left), left), demandBool(part(right), right));
      return binary(operator, part(left), part(right), expr);
    }
    case "list":
      return list(expr.items.map(part));
    case "map":
      return map(expr.entries.map(([key, value]) => [part(key), part(value)]));
    case "call":
      return isMacro(expr) ? macro(expr, scope, compileIn) : callNode(expr, scope, compileIn);
  }
}

function variable(name: string, scope: Scope, expr: Expr): Node {
  const found = scope.variables.get(name);
  if (found === undefined) throw new RuleCompileError(`unknown name ${name}`, expr.at);
  const { slot, type } = found;
  return { type, isTotal: true, run: (frame) => frame[slot] };
}

function list(items: readonly Node[]): Node {
  const type: CelType = { kind: "list", items: common(items.map((item) => item.type)) };
  if (items.every((item) => item.constant))
    return constant(
      type,
      items.map((item) => item.constant?.value),
    );
  return { type, isTotal: items.every((item) => item.isTotal), run: (frame) => items.map((item) => item.run(frame)) };
}

function map(entries: readonly (readonly [Node, Node])[]): Node {
  const keys = entries.length === 0 ? DYN : common(entries.map(([key]) => key.type));
  const type: CelType = { kind: "map", keys, values: common(entries.map(([, value]) => value.type)) };
  const run = (frame: Frame): unknown => new Map(entries.map(([key, value]) => [key.run(frame), value.run(frame)]));
  if (entries.every(([key, value]) => key.constant && value.constant)) return constant(type, run([]));
  return { type, isTotal: entries.every(([key, value]) => key.isTotal && value.isTotal), run };
}
