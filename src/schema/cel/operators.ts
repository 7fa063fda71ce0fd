/** Comparison, membership and arithmetic. */
import { type BinaryOperator, type Expr, RuleCompileError } from "./ast.ts";
import type { Frame, Node } from "./node.ts";
import { BOOL, type CelType, common, comparable, DYN, isScalar, typeText } from "./types.ts";
import { compareTexts, deepEqual, EvaluationError, itemsOf, lookUp, noSuchOverload } from "./values.ts";

type Run = Node["run"];

/** A binary operator other than `&&` and `||`. */
export function binary(operator: Exclude<BinaryOperator, "&&" | "||">, left: Node, right: Node, expr: Expr): Node {
  switch (operator) {
    case "==":
      return equality(left, right, expr, false);
    case "!=":
      return equality(left, right, expr, true);
    case "in":
      return membership(left, right, expr);
    case "<":
    case "<=":
    case ">":
    case ">=":
      return order(operator, left, right, expr);
    default:
      return arithmetic(operator, left, right, expr);
  }
}

/** `-x` */
export function negate(node: Node, expr: Expr): Node {
  if (!["int", "double", "duration", "dyn"].includes(node.type.kind)) mistyped("-", [node], expr);
  const { run } = node;
  return {
    type: node.type,
    isTotal: node.isTotal && node.type.kind !== "dyn",
    run: (frame) => {
      const value = run(frame);
      if (typeof value === "number") return value === 0 ? 0 : -value;
      if (typeof value === "bigint") return -value;
      throw noSuchOverload();
    },
  };
}

function equality(left: Node, right: Node, expr: Expr, isNegated: boolean): Node {
  if (!comparable(left.type, right.type)) mistyped("==", [left, right], expr);
  const [a, b] = [left.run, right.run];
  const node = { type: BOOL, isTotal: left.isTotal && right.isTotal };
  if (!isScalar(left.type) && !isScalar(right.type))
    return { ...node, run: (frame) => deepEqual(a(frame), b(frame)) !== isNegated };
  // With a scalar on either side equality is identity, whatever the other side turns out to be.
  if (!right.constant)
    return { ...node, run: isNegated ? (frame) => a(frame) !== b(frame) : (frame) => a(frame) === b(frame) };
  const { value } = right.constant;
  return { ...node, run: isNegated ? (frame) => a(frame) !== value : (frame) => a(frame) === value };
}

function membership(left: Node, right: Node, expr: Expr): Node {
  const { type } = right;
  if (type.kind === "list" ? !comparable(left.type, type.items) : type.kind !== "dyn" && type.kind !== "map")
    mistyped("in", [left, right], expr);
  const [a, b] = [left.run, right.run];
  const isTotal = left.isTotal && right.isTotal && type.kind !== "dyn";
  if (right.constant && Array.isArray(right.constant.value) && type.kind === "list" && isScalar(type.items)) {
    const items = new Set<unknown>(right.constant.value);
    return { type: BOOL, isTotal, run: (frame) => items.has(a(frame)) };
  }
  return { type: BOOL, isTotal, run: (frame) => isIn(a(frame), b(frame)) };
}

function isIn(item: unknown, container: unknown): boolean {
  if (Array.isArray(container)) return container.some((other) => deepEqual(item, other));
  itemsOf(container);
  return lookUp(container, item) !== undefined;
}

const ORDERED = new Set(["int", "double", "string", "bool", "duration", "dyn"]);
const isNumeric = (type: CelType): boolean => type.kind === "int" || type.kind === "double";

function order(operator: "<" | "<=" | ">" | ">=", left: Node, right: Node, expr: Expr): Node {
  const bothNumeric = isNumeric(left.type) && isNumeric(right.type);
  const fits =
    ORDERED.has(left.type.kind) && ORDERED.has(right.type.kind) && (bothNumeric || comparable(left.type, right.type));
  if (!fits) mistyped(operator, [left, right], expr);
  const isTotal = left.isTotal && right.isTotal && left.type.kind !== "dyn" && right.type.kind !== "dyn";
  const isPlain = bothNumeric || (left.type.kind === "duration" && right.type.kind === "duration");
  return {
    type: BOOL,
    isTotal,
    run: isPlain ? plainOrder(operator, left.run, right.run) : mixedOrder(operator, left.run, right.run),
  };
}

function plainOrder(operator: "<" | "<=" | ">" | ">=", left: Run, right: Run): Run {
  const a = left as (frame: Frame) => number;
  const b = right as (frame: Frame) => number;
  switch (operator) {
    case "<":
      return (frame) => a(frame) < b(frame);
    case "<=":
      return (frame) => a(frame) <= b(frame);
    case ">":
      return (frame) => a(frame) > b(frame);
    case ">=":
      return (frame) => a(frame) >= b(frame);
  }
}

const HOLDS: { readonly [operator in "<" | "<=" | ">" | ">="]: (sign: number) => boolean } = {
  "<": (sign) => sign < 0,
  "<=": (sign) => sign <= 0,
  ">": (sign) => sign > 0,
  ">=": (sign) => sign >= 0,
};

function mixedOrder(operator: "<" | "<=" | ">" | ">=", left: Run, right: Run): Run {
  const holds = HOLDS[operator];
  return (frame) => holds(compare(left(frame), right(frame)));
}

function compare(a: unknown, b: unknown): number {
  if (typeof a === "string" && typeof b === "string") return compareTexts(a, b);
  if (typeof a === "number" && typeof b === "number") return a - b;
  if (typeof a === "bigint" && typeof b === "bigint") return a < b ? -1 : a > b ? 1 : 0;
  if (typeof a === "boolean" && typeof b === "boolean") return Number(a) - Number(b);
  throw noSuchOverload();
}

type ArithmeticOperator = "+" | "-" | "*" | "/" | "%";

function arithmetic(operator: ArithmeticOperator, left: Node, right: Node, expr: Expr): Node {
  const [a, b] = [left.run, right.run];
  const isDynamic = left.type.kind === "dyn" || right.type.kind === "dyn";
  const { kind } = left.type;
  const isTotal = left.isTotal && right.isTotal;
  if (isDynamic) return { type: DYN, isTotal: false, run: (frame) => calculate(operator, a(frame), b(frame)) };
  if (kind !== right.type.kind) mistyped(operator, [left, right], expr);
  if (operator === "+" && kind === "string")
    return { type: left.type, isTotal, run: (frame) => `${a(frame)}${b(frame)}` };
  if (operator === "+" && kind === "list") {
    return {
      type: common([left.type, right.type]),
      isTotal,
      run: (frame) => [...itemsOf(a(frame)), ...itemsOf(b(frame))],
    };
  }
  const isKnown =
    kind === "int" ||
    (kind === "double" && operator !== "%") ||
    (kind === "duration" && (operator === "+" || operator === "-"));
  if (!isKnown) mistyped(operator, [left, right], expr);
  if (kind !== "double")
    return { type: left.type, isTotal: false, run: (frame) => calculate(operator, a(frame), b(frame)) };
  return { type: left.type, isTotal, run: (frame) => fraction(operator, Number(a(frame)), Number(b(frame))) };
}

/** Arithmetic on values whose kind shows only now; a number without a fraction counts as an integer. */
function calculate(operator: ArithmeticOperator, a: unknown, b: unknown): unknown {
  if (typeof a === "number" && typeof b === "number") {
    return Number.isInteger(a) && Number.isInteger(b) ? integer(operator, a, b) : fraction(operator, a, b);
  }
  if (typeof a === "bigint" && typeof b === "bigint" && operator === "+") return a + b;
  if (typeof a === "bigint" && typeof b === "bigint" && operator === "-") return a - b;
  if (operator === "+" && typeof a === "string" && typeof b === "string") return a + b;
  if (operator === "+" && Array.isArray(a) && Array.isArray(b)) return [...a, ...b];
  throw noSuchOverload();
}

function integer(operator: ArithmeticOperator, a: number, b: number): number {
  if (b === 0 && operator === "/") throw new EvaluationError("division by zero");
  if (b === 0 && operator === "%") throw new EvaluationError("modulus by zero");
  const value = operator === "/" ? Math.trunc(a / b) : operator === "%" ? a % b : fraction(operator, a, b);
  // Exact integers end at 2^53 here, those of Kubernetes at 2^63; no rule gets near either.
  if (!Number.isSafeInteger(value)) throw new EvaluationError("integer overflow");
  return value === 0 ? 0 : value;
}

function fraction(operator: ArithmeticOperator, a: number, b: number): number {
  switch (operator) {
    case "+":
      return a + b;
    case "-":
      return a - b;
    case "*":
      return a * b;
    case "/":
      return a / b;
    case "%":
      throw noSuchOverload();
  }
}

function mistyped(operator: string, operands: readonly Node[], expr: Expr): never {
  throw new RuleCompileError(
    `${operator} does not take ${operands.map((node) => typeText(node.type)).join(" and ")}`,
    expr.at,
  );
}
