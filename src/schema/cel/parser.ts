/** Reads a rule's text into a syntax tree, by operator precedence. */
import { type BinaryOperator, type Expr, RuleCompileError } from "./ast.ts";
import { type Token, tokenize } from "./lexer.ts";

/** How tightly binary operators bind; all are left-associative. */
const PRECEDENCE: { readonly [operator: string]: number } = {
  "||": 1,
  "&&": 2,
  "==": 3,
  "!=": 3,
  "<": 3,
  "<=": 3,
  ">": 3,
  ">=": 3,
  in: 3,
  "+": 4,
  "-": 4,
  "*": 5,
  "/": 5,
  "%": 5,
};

const RESERVED = new Set(
  "as break const continue else for function if import let loop package namespace return var void while".split(" "),
);

const LITERAL_NAMES: { readonly [name: string]: ["bool", boolean] | ["null", null] } = {
  true: ["bool", true],
  false: ["bool", false],
  null: ["null", null],
};

const parsed = new Map<string, Expr>();

/** The tree of an expression; equal texts are parsed once. Throws {@link RuleCompileError} with the place of the first fault. */
export function parse(text: string): Expr {
  let expr = parsed.get(text);
  if (expr === undefined) {
    const parser = new Parser(tokenize(text));
    expr = parser.conditional();
    parser.expectEnd();
    parsed.set(text, expr);
  }
  return expr;
}

class Parser {
  readonly #tokens: readonly Token[];
  #next = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  conditional(): Expr {
    const test = this.#binary(1);
    const at = this.#peek().at;
    if (!this.#accept("?")) return test;
    const yes = this.#binary(1);
    this.#expect(":");
    return { kind: "conditional", test, yes, no: this.conditional(), at };
  }

  expectEnd(): void {
    if (this.#peek().kind !== "end") this.#fail("an operator or the end");
  }

  #binary(least: number): Expr {
    let left = this.#unary();
    for (;;) {
      const token = this.#peek();
      const isOperator = token.kind === "symbol" || (token.kind === "name" && token.value === "in");
      const precedence = isOperator ? PRECEDENCE[token.value] : undefined;
      if (precedence === undefined || precedence < least) return left;
      this.#next++;
      const right = this.#binary(precedence + 1);
      left = { kind: "binary", operator: token.value as BinaryOperator, left, right, at: token.at };
    }
  }

  #unary(): Expr {
    const { at } = this.#peek();
    if (this.#accept("!")) return { kind: "unary", operator: "!", of: this.#unary(), at };
    if (!this.#accept("-")) return this.#members(this.#primary());
    const of = this.#unary();
    const isNumber = of.kind === "literal" && (of.type === "int" || of.type === "double");
    return isNumber ? { ...of, value: -Number(of.value), at } : { kind: "unary", operator: "-", of, at };
  }

  #members(start: Expr): Expr {
    let of = start;
    for (;;) {
      const { at } = this.#peek();
      if (this.#accept(".")) {
        const field = this.#name();
        of = this.#accept("(")
          ? { kind: "call", name: field, target: of, args: this.#list(")"), at }
          : { kind: "select", of, field, isOptional: false, at };
      } else if (this.#accept(".?")) of = { kind: "select", of, field: this.#name(), isOptional: true, at };
      else if (this.#accept("[")) {
        const index = this.conditional();
        this.#expect("]");
        of = { kind: "index", of, index, at };
      } else return of;
    }
  }

  #primary(): Expr {
    const token = this.#peek();
    const { at } = token;
    this.#next++;
    switch (token.kind) {
      case "int":
      case "double":
      case "string":
        return { kind: "literal", type: token.kind, value: token.value, at };
      case "name":
        return this.#named(token.value, at);
      case "symbol":
        if (token.value === "(") {
          const inner = this.conditional();
          this.#expect(")");
          return inner;
        }
        if (token.value === "[") return { kind: "list", items: this.#list("]"), at };
        if (token.value === "{") return { kind: "map", entries: this.#entries(), at };
    }
    this.#next--;
    return this.#fail("a value");
  }

  #named(name: string, at: number): Expr {
    const literal = LITERAL_NAMES[name];
    if (literal !== undefined) return { kind: "literal", type: literal[0], value: literal[1], at };
    if (RESERVED.has(name) || name === "in") throw new RuleCompileError(`${name} is a reserved word`, at);
    return this.#accept("(") ? { kind: "call", name, args: this.#list(")"), at } : { kind: "name", name, at };
  }

  #list(close: string): Expr[] {
    const items: Expr[] = [];
    while (!this.#accept(close)) {
      items.push(this.conditional());
      if (!this.#accept(",")) {
        this.#expect(close);
        break;
      }
    }
    return items;
  }

  #entries(): [Expr, Expr][] {
    const entries: [Expr, Expr][] = [];
    while (!this.#accept("}")) {
      const key = this.conditional();
      this.#expect(":");
      entries.push([key, this.conditional()]);
      if (!this.#accept(",")) {
        this.#expect("}");
        break;
      }
    }
    return entries;
  }

  #name(): string {
    const token = this.#peek();
    if (token.kind !== "name") return this.#fail("a name");
    this.#next++;
    return token.value;
  }

  #peek(): Token {
    return this.#tokens[this.#next] ?? { kind: "end", value: "end of rule", at: 0 };
  }

  #accept(symbol: string): boolean {
    const token = this.#peek();
    if (token.kind !== "symbol" || token.value !== symbol) return false;
    this.#next++;
    return true;
  }

  #expect(symbol: string): void {
    if (!this.#accept(symbol)) this.#fail(`"${symbol}"`);
  }

  #fail(wanted: string): never {
    const token = this.#peek();
    throw new RuleCompileError(`expected ${wanted}, found ${JSON.stringify(token.value)}`, token.at);
  }
}
