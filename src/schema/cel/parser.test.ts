import { expect, test } from "vitest";
import { RuleCompileError } from "./ast.ts";
import { parse } from "./parser.ts";

/** The tree as text with all brackets written, so that precedence can be seen. */
function shape(text: string): string {
  const show = (expr: ReturnType<typeof parse>): string => {
    switch (expr.kind) {
      case "literal":
        return JSON.stringify(expr.value);
      case "name":
        return expr.name;
      case "select":
        return `${show(expr.of)}${expr.isOptional ? ".?" : "."}${expr.field}`;
      case "index":
        return `${show(expr.of)}[${show(expr.index)}]`;
      case "call":
        return `${expr.target ? `${show(expr.target)}.` : ""}${expr.name}(${expr.args.map(show).join(", ")})`;
      case "unary":
        return `(${expr.operator}${show(expr.of)})`;
      case "binary":
        return `(${show(expr.left)} ${expr.operator} ${show(expr.right)})`;
      case "conditional":
        return `(${show(expr.test)} ? ${show(expr.yes)} : ${show(expr.no)})`;
      case "list":
        return `[${expr.items.map(show).join(", ")}]`;
      case "map":
        return `{${expr.entries.map(([key, value]) => `${show(key)}: ${show(value)}`).join(", ")}}`;
    }
  };
  return show(parse(text));
}

test.each([
  ["a || b && c", "(a || (b && c))"],
  ["!a.b == c", "((!a.b) == c)"],
  ["a + b * c - d % e", "((a + (b * c)) - (d % e))"],
  ["a == b && c in [d, 'e',]", '((a == b) && (c in [d, "e"]))'],
  ["a ? b : c ? d : e", "(a ? b : (c ? d : e))"],
  ["a.b[0].c(x).d", "a.b[0].c(x).d"],
  ["a.?b.orValue(1)", "a.?b.orValue(1)"],
  ["{'a': 1, \"b\": -2}['a'] <= 0x10", '({"a": 1, "b": -2}["a"] <= 16)'],
  ["-a - -1.5", "((-a) - -1.5)"],
  ["self.namespace", "self.namespace"],
  ["true // a comment\n && null", "(true && null)"],
  ["size(a) > 1e3 || .5 < 2.0", "((size(a) > 1000) || (0.5 < 2))"],
])("%s", (text, expected) => {
  expect(shape(text)).toBe(expected);
});

test.each([
  [String.raw`'a\'b\n\x41\u00e9\101'`, "a'b\nAéA"],
  [String.raw`r"^\d{1,3}\.$"`, String.raw`^\d{1,3}\.$`],
  ['"""a "quoted" text"""', 'a "quoted" text'],
  ["R'a\\'", "a\\"],
])("%s is the text %j", (text, expected) => {
  expect(parse(text)).toMatchObject({ kind: "literal", value: expected });
});

test.each(["a ||", "a b", "(a", "[a", "{a}", "a.1", "'open", "a ? b", "a # b", "for", "12345678901234567890", "'\\q'"])(
  "%s is refused with a place",
  (text) => {
    expect(() => parse(text)).toThrow(RuleCompileError);
    expect(() => parse(text)).toThrow(/at character \d+/);
  },
);
