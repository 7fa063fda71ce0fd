/** Calls of functions: finds the form that fits the types, and checks at run time what only shows then. */
import { type Expr, RuleCompileError } from "./ast.ts";
import { RULE_FORMATS } from "./formats.ts";
import { FUNCTIONS, type Overload } from "./functions.ts";
import { type CompilePart, constant, type Frame, type Node, type Scope } from "./node.ts";
import { type CelType, comparable, typeText } from "./types.ts";
import { EvaluationError, isOfKind, noSuchOverload } from "./values.ts";

type Call = Expr & { kind: "call" };

/** The node of a call. */
export function callNode(call: Call, scope: Scope, compile: CompilePart): Node {
  const format = namedFormat(call, scope);
  if (format !== undefined) return format;
  const operands = [...(call.target ? [call.target] : []), ...call.args].map((arg) => compile(arg, scope));
  const types = operands.map((operand) => operand.type);
  const fitting = (FUNCTIONS.get(call.name) ?? []).filter((overload) => fits(overload, call, types));
  const [first] = fitting;
  if (first === undefined) throw new RuleCompileError(`no function ${signature(call, types)}`, call.at);
  const isDynamic = types.some((type, i) => type.kind === "dyn" && parametersOf(first)[i]?.kind !== "dyn");
  const result = typeof first.result === "function" ? first.result(types) : first.result;
  if (isDynamic) return { type: result, isTotal: false, run: dispatch(fitting, operands) };
  const prepared = first.prepare?.(operands.map((operand) => operand.constant)) ?? first.call;
  const isPrepared = prepared !== first.call;
  const node: Node = {
    type: result,
    isTotal: (first.isTotal || isPrepared) && operands.every((operand) => operand.isTotal),
    run: applied(prepared as (...values: unknown[]) => unknown, operands),
  };
  return operands.every((operand) => operand.constant) ? folded(node, call) : node;
}

/** `format.dns1123Label()` looks like a method but names a constant. */
function namedFormat(call: Call, scope: Scope): Node | undefined {
  if (call.target?.kind !== "name" || call.target.name !== "format" || scope.variables.has("format")) return undefined;
  const format = RULE_FORMATS.get(call.name);
  if (format === undefined) throw new RuleCompileError(`no format ${call.name}`, call.at);
  return constant({ kind: "format" }, format);
}

function parametersOf(overload: Overload): readonly CelType[] {
  return overload.target ? [overload.target, ...overload.args] : overload.args;
}

function fits(overload: Overload, call: Call, types: readonly CelType[]): boolean {
  if ((overload.target !== undefined) !== (call.target !== undefined)) return false;
  const parameters = parametersOf(overload);
  return (
    parameters.length === types.length &&
    parameters.every((parameter, i) => comparable(parameter, types[i] ?? parameter))
  );
}

function applied(call: (...values: unknown[]) => unknown, operands: readonly Node[]): Node["run"] {
  const [a, b] = operands;
  if (a && operands.length === 1) return (frame) => call(a.run(frame));
  if (a && b && operands.length === 2) return (frame) => call(a.run(frame), b.run(frame));
  return (frame) => call(...operands.map((operand) => operand.run(frame)));
}

function dispatch(overloads: readonly Overload[], operands: readonly Node[]): Node["run"] {
  return (frame: Frame) => {
    const values = operands.map((operand) => operand.run(frame));
    const overload = overloads.find((candidate) =>
      parametersOf(candidate).every((parameter, i) => isOfKind(values[i], parameter)),
    );
    if (overload === undefined) throw noSuchOverload();
    return (overload.call as (...values: unknown[]) => unknown)(...values);
  };
}

/** Calls with constants only are made once, now; one that fails is a fault of the rule. */
function folded(node: Node, call: Call): Node {
  try {
    return constant(node.type, node.run([]));
  } catch (error) {
    throw error instanceof EvaluationError ? new RuleCompileError(error.message, call.at) : error;
  }
}

function signature(call: Call, types: readonly CelType[]): string {
  const texts = types.map(typeText);
  return call.target ? `${texts[0]}.${call.name}(${texts.slice(1).join(", ")})` : `${call.name}(${texts.join(", ")})`;
}
