/** Fields of objects, entries of maps, items of lists. */
import { type Expr, RuleCompileError } from "./ast.ts";
import type { Node } from "./node.ts";
import { type CelType, comparable, DYN, fieldOf, INT, typeText } from "./types.ts";
import { EvaluationError, lookUp, noSuchKey, noSuchOverload, Optional } from "./values.ts";

/** `of.field` and `of.?field`. */
export function select(of: Node, expr: Expr & { kind: "select" }): Node {
  const isChained = of.type.kind === "optional";
  const base: CelType = of.type.kind === "optional" ? of.type.of : of.type;
  const { name, type, isAlwaysThere, read } = reader(base, expr);
  if (expr.isOptional || isChained) {
    const { run } = of;
    return {
      type: { kind: "optional", of: type },
      isTotal: of.isTotal && base.kind !== "dyn",
      run: (frame) => {
        const value = run(frame);
        const target = value instanceof Optional ? value.value : value;
        return new Optional(target === undefined ? undefined : read(target));
      },
    };
  }
  const { run } = of;
  if (base.kind !== "object") {
    return {
      type,
      isTotal: false,
      run: (frame) => {
        const value = read(run(frame));
        if (value === undefined) throw noSuchKey(name);
        return value;
      },
    };
  }
  // Required and defaulted fields are there, as rules run only on objects without such errors.
  if (isAlwaysThere)
    return { type, isTotal: of.isTotal, run: (frame) => (run(frame) as Record<string, unknown>)[name] };
  return {
    type,
    isTotal: false,
    run: (frame) => {
      const value = (run(frame) as Record<string, unknown>)[name];
      if (value === undefined) throw noSuchKey(name);
      return value;
    },
  };
}

interface Reader {
  readonly name: string;
  readonly type: CelType;
  readonly isAlwaysThere: boolean;
  readonly read: (value: unknown) => unknown;
}

function reader(base: CelType, expr: Expr & { kind: "select" }): Reader {
  const { field } = expr;
  switch (base.kind) {
    case "object": {
      const declared = fieldOf(base, field);
      if (declared === undefined) throw new RuleCompileError(`undefined field ${field}`, expr.at);
      const { name } = declared;
      return { ...declared, read: (value) => (value as Record<string, unknown>)[name] };
    }
    case "map":
      return { name: field, type: base.values, isAlwaysThere: false, read: (value) => lookUp(value, field) };
    case "dyn":
      return { name: field, type: DYN, isAlwaysThere: false, read: (value) => lookUp(value, field) };
    default:
      throw new RuleCompileError(`${typeText(base)} has no fields`, expr.at);
  }
}

/** `of[index]` */
export function index(of: Node, key: Node, expr: Expr): Node {
  const { type } = of;
  const fits =
    type.kind === "list"
      ? comparable(key.type, INT)
      : type.kind === "map"
        ? comparable(key.type, type.keys)
        : type.kind === "dyn";
  if (!fits) throw new RuleCompileError(`${typeText(type)} cannot be indexed by ${typeText(key.type)}`, expr.at);
  const result = type.kind === "list" ? type.items : type.kind === "map" ? type.values : DYN;
  return {
    type: result,
    isTotal: false,
    run: (frame) => {
      const container = of.run(frame);
      const at = key.run(frame);
      if (!Array.isArray(container)) {
        const value = lookUp(container, at);
        if (value === undefined) throw noSuchKey(at);
        return value;
      }
      if (typeof at !== "number" || !Number.isInteger(at)) throw noSuchOverload();
      if (at < 0 || at >= container.length) throw new EvaluationError(`index out of bounds: ${at}`);
      return container[at];
    },
  };
}
