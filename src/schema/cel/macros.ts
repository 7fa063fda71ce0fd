/** `has` and the comprehensions: `all`, `exists`, `exists_one`, `map`, `filter`. */
import { type Expr, RuleCompileError } from "./ast.ts";
import { strict } from "./logic.ts";
import { type CompilePart, demandBool, type Frame, type Node, type Scope, withVariable } from "./node.ts";
import { BOOL, type CelType, DYN, fieldOf, typeText } from "./types.ts";
import { itemsOf, lookUp } from "./values.ts";

type Call = Expr & { kind: "call" };
type Run = Node["run"];

/** Whether a call is a macro: known by name, number of arguments and whether it has a target. */
export function isMacro(call: Call): boolean {
  if (call.name === "has") return call.target === undefined && call.args.length === 1;
  if (call.target === undefined || call.args[0]?.kind !== "name") return false;
  if (call.name === "map") return call.args.length === 2 || call.args.length === 3;
  return ["all", "exists", "exists_one", "filter"].includes(call.name) && call.args.length === 2;
}

/** The node of a macro. */
export function macro(call: Call, scope: Scope, compile: CompilePart): Node {
  return call.name === "has" ? presence(call, scope, compile) : comprehension(call, scope, compile);
}

/** `has(e.f)`: whether the field is there. */
function presence(call: Call, scope: Scope, compile: CompilePart): Node {
  const [argument] = call.args;
  if (argument?.kind !== "select") throw new RuleCompileError("has() takes a field selection", call.at);
  const of = compile(argument.of, scope);
  const { run, type, isTotal } = of;
  const { field } = argument;
  if (type.kind === "object") {
    const declared = fieldOf(type, field);
    if (declared === undefined) throw new RuleCompileError(`undefined field ${field}`, argument.at);
    const { name } = declared;
    return { type: BOOL, isTotal, run: (frame) => (run(frame) as Record<string, unknown>)[name] !== undefined };
  }
  if (type.kind !== "map" && type.kind !== "dyn")
    throw new RuleCompileError(`${typeText(type)} has no fields`, argument.at);
  return {
    type: BOOL,
    isTotal: isTotal && type.kind === "map",
    run: (frame) => lookUp(run(frame), field) !== undefined,
  };
}

function comprehension(call: Call, scope: Scope, compile: CompilePart): Node {
  const [variable, ...bodies] = call.args;
  if (call.target === undefined || variable?.kind !== "name")
    throw new RuleCompileError(`${call.name} needs a variable`, call.at);
  const range = compile(call.target, scope);
  const inner = withVariable(scope, variable.name, itemType(range.type, call));
  const parts = bodies.map((body) => compile(body, inner.scope));
  const last = parts.at(-1);
  const lastExpr = bodies.at(-1);
  if (last === undefined || lastExpr === undefined) throw new RuleCompileError(`${call.name} needs a body`, call.at);
  const { slot } = inner;
  const isTotal =
    range.isTotal && range.type.kind !== "dyn" && parts.every((part) => part.isTotal && part.type.kind !== "dyn");
  const items =
    range.type.kind === "list"
      ? (range.run as (frame: Frame) => readonly unknown[])
      : (frame: Frame) => itemsOf(range.run(frame));

  if (call.name === "map") {
    const filter = parts.length === 2 && parts[0] ? strict(demandBool(parts[0], call)).run : undefined;
    const run = filter ? mapFiltered(items, slot, filter, last.run) : mapAll(items, slot, last.run);
    return { type: { kind: "list", items: last.type }, isTotal, run };
  }
  const test = strict(demandBool(last, lastExpr));
  switch (call.name) {
    case "all":
      return { type: BOOL, isTotal, run: quantifier(items, slot, test, false) };
    case "exists":
      return { type: BOOL, isTotal, run: quantifier(items, slot, test, true) };
    case "exists_one":
      return { type: BOOL, isTotal, run: existsOne(items, slot, test.run) };
    default:
      return {
        type: { kind: "list", items: itemType(range.type, call) },
        isTotal,
        run: mapFiltered(items, slot, test.run, (frame) => frame[slot]),
      };
  }
}

function itemType(range: CelType, call: Call): CelType {
  if (range.kind === "list") return range.items;
  if (range.kind === "map") return range.keys;
  if (range.kind === "dyn") return DYN;
  throw new RuleCompileError(`${call.name} goes over lists and maps, not ${typeText(range)}`, call.at);
}

type Items = (frame: Frame) => readonly unknown[];

/** `all` looks for a false, `exists` for a true; an error counts only if none is found. */
function quantifier(items: Items, slot: number, test: Node, decisive: boolean): Run {
  const { run } = test;
  if (test.isTotal) {
    return (frame) => {
      for (const item of items(frame)) {
        frame[slot] = item;
        if (run(frame) === decisive) return decisive;
      }
      return !decisive;
    };
  }
  return (frame) => {
    let failure: unknown;
    for (const item of items(frame)) {
      frame[slot] = item;
      try {
        if (run(frame) === decisive) return decisive;
      } catch (error) {
        failure ??= error;
      }
    }
    if (failure !== undefined) throw failure;
    return !decisive;
  };
}

function existsOne(items: Items, slot: number, test: Run): Run {
  return (frame) => {
    let found = 0;
    for (const item of items(frame)) {
      frame[slot] = item;
      if (test(frame)) found++;
    }
    return found === 1;
  };
}

function mapAll(items: Items, slot: number, body: Run): Run {
  return (frame) => {
    const result: unknown[] = [];
    for (const item of items(frame)) {
      frame[slot] = item;
      result.push(body(frame));
    }
    return result;
  };
}

function mapFiltered(items: Items, slot: number, test: Run, body: Run): Run {
  return (frame) => {
    const result: unknown[] = [];
    for (const item of items(frame)) {
      frame[slot] = item;
      if (test(frame)) {
        frame[slot] = item;
        result.push(body(frame));
      }
    }
    return result;
  };
}
