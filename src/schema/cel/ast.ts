/** Syntax tree of the Common Expression Language. */

export type BinaryOperator = "||" | "&&" | "==" | "!=" | "<" | "<=" | ">" | ">=" | "in" | "+" | "-" | "*" | "/" | "%";

/** An expression; `at` is the offset of its most telling token in the rule's text. */
export type Expr =
  | {
      readonly kind: "literal";
      readonly type: "int" | "double" | "string" | "bool" | "null";
      readonly value: unknown;
      readonly at: number;
    }
  | { readonly kind: "name"; readonly name: string; readonly at: number }
  | {
      readonly kind: "select";
      readonly of: Expr;
      readonly field: string;
      readonly isOptional: boolean;
      readonly at: number;
    }
  | { readonly kind: "index"; readonly of: Expr; readonly index: Expr; readonly at: number }
  | {
      readonly kind: "call";
      readonly name: string;
      readonly target?: Expr;
      readonly args: readonly Expr[];
      readonly at: number;
    }
  | { readonly kind: "unary"; readonly operator: "!" | "-"; readonly of: Expr; readonly at: number }
  | {
      readonly kind: "binary";
      readonly operator: BinaryOperator;
      readonly left: Expr;
      readonly right: Expr;
      readonly at: number;
    }
  | { readonly kind: "conditional"; readonly test: Expr; readonly yes: Expr; readonly no: Expr; readonly at: number }
  | { readonly kind: "list"; readonly items: readonly Expr[]; readonly at: number }
  | { readonly kind: "map"; readonly entries: readonly (readonly [Expr, Expr])[]; readonly at: number };

/** A rule that is not well-formed or does not fit its schema. Rules are ours, so this is a bug and may be thrown. */
export class RuleCompileError extends Error {
  override readonly name = "RuleCompileError";

  constructor(message: string, at?: number) {
    super(at === undefined ? message : `${message} (at character ${at + 1})`);
  }
}

/** All names an expression mentions, such as `oldSelf`. */
export function mentions(expr: Expr, name: string): boolean {
  switch (expr.kind) {
    case "literal":
      return false;
    case "name":
      return expr.name === name;
    case "select":
      return mentions(expr.of, name);
    case "index":
      return mentions(expr.of, name) || mentions(expr.index, name);
    case "call":
      return (expr.target !== undefined && mentions(expr.target, name)) || expr.args.some((arg) => mentions(arg, name));
    case "unary":
      return mentions(expr.of, name);
    case "binary":
      return mentions(expr.left, name) || mentions(expr.right, name);
    case "conditional":
      return mentions(expr.test, name) || mentions(expr.yes, name) || mentions(expr.no, name);
    case "list":
      return expr.items.some((item) => mentions(item, name));
    case "map":
      return expr.entries.some(([key, value]) => mentions(key, name) || mentions(value, name));
  }
}
