/** Compiled expressions. */
import { type Expr, RuleCompileError } from "./ast.ts";
import type { CelType } from "./types.ts";

/** The variables of a rule while it runs, by slot: `self`, `oldSelf`, and those of the comprehensions. */
export type Frame = unknown[];

/** A compiled expression. */
export interface Node {
  readonly type: CelType;
  /** The value; throws an `EvaluationError` if there is none. */
  readonly run: (frame: Frame) => unknown;
  /** True if `run` never throws, which spares its users a `try`. */
  readonly isTotal: boolean;
  /** The value, if it is the same in every document. */
  readonly constant?: { readonly value: unknown };
}

/** The variables an expression may name. */
export interface Scope {
  readonly variables: ReadonlyMap<string, { readonly slot: number; readonly type: CelType }>;
  /** Number of slots in use, so the slot of the next variable. */
  readonly size: number;
}

/** Compiles a part of an expression; passed along so that the files of the compiler need not import each other. */
export type CompilePart = (expr: Expr, scope: Scope) => Node;

/** The scope with one more variable, and its slot. */
export function withVariable(
  scope: Scope,
  name: string,
  type: CelType,
): { readonly scope: Scope; readonly slot: number } {
  const slot = scope.size;
  return { slot, scope: { variables: new Map(scope.variables).set(name, { slot, type }), size: slot + 1 } };
}

/** A node whose value never changes. */
export function constant(type: CelType, value: unknown): Node {
  return { type, run: () => value, isTotal: true, constant: { value } };
}

/** Fails if the node cannot be a truth value. */
export function demandBool(node: Node, expr: Expr): Node {
  if (node.type.kind !== "bool" && node.type.kind !== "dyn")
    throw new RuleCompileError(`expected a bool, found ${node.type.kind}`, expr.at);
  return node;
}
