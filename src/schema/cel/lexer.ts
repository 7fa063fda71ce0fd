/** Splits a rule's text into tokens. */
import { RuleCompileError } from "./ast.ts";

/** A token; `value` is the decoded value of a literal, and the text of everything else. */
export type Token =
  | { readonly kind: "int" | "double"; readonly value: number; readonly at: number }
  | { readonly kind: "string"; readonly value: string; readonly at: number }
  | { readonly kind: "name" | "symbol" | "end"; readonly value: string; readonly at: number };

const BLANK = /(?:[ \t\r\n\f]|\/\/[^\n]*)+/y;
const DOUBLE = /(?:\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\.\d+(?:[eE][+-]?\d+)?)/y;
const INT = /0[xX][0-9a-fA-F]+|\d+/y;
const NAME = /[A-Za-z_]\w*/y;
const STRING = /("""[\s\S]*?(?<!\\)"""|'''[\s\S]*?(?<!\\)'''|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')/y;
const RAW_STRING = /[rR](?:"""([\s\S]*?)"""|'''([\s\S]*?)'''|"([^"\n]*)"|'([^'\n]*)')/y;
const SYMBOL = /\|\||&&|==|!=|<=|>=|\.\?|[-+*/%!<>?:.,()[\]{}]/y;

/** The tokens of the text, with an `end` as last. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    return pattern.exec(text);
  };
  while (at < text.length) {
    const blank = take(BLANK);
    if (blank) {
      at += blank[0].length;
      continue;
    }
    const [token, length] = readToken(take, at);
    tokens.push(token);
    at += length;
  }
  return [...tokens, { kind: "end", value: "end of rule", at }];
}

function readToken(take: (pattern: RegExp) => RegExpExecArray | null, at: number): [Token, number] {
  const raw = take(RAW_STRING);
  if (raw) return [{ kind: "string", value: raw[1] ?? raw[2] ?? raw[3] ?? raw[4] ?? "", at }, raw[0].length];
  const string = take(STRING);
  if (string) return [{ kind: "string", value: unquote(string[0], at), at }, string[0].length];
  const double = take(DOUBLE);
  if (double) return [{ kind: "double", value: Number(double[0]), at }, double[0].length];
  const int = take(INT);
  if (int) {
    const value = Number(int[0]);
    if (!Number.isSafeInteger(value)) throw new RuleCompileError(`${int[0]} has too many digits`, at);
    return [{ kind: "int", value, at }, int[0].length];
  }
  const name = take(NAME);
  if (name) return [{ kind: "name", value: name[0], at }, name[0].length];
  const symbol = take(SYMBOL);
  if (symbol) return [{ kind: "symbol", value: symbol[0], at }, symbol[0].length];
  throw new RuleCompileError("unexpected character", at);
}

const ESCAPES: { readonly [letter: string]: string } = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

function unquote(quoted: string, at: number): string {
  const width = /^("""|''')/.test(quoted) ? 3 : 1;
  const body = quoted.slice(width, -width);
  return body.replace(
    /\\(?:[xX]([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2})|(.))/gs,
    (_, x, u, long, octal, letter) => {
      const hex: string | undefined = x ?? u ?? long;
      if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16));
      if (octal !== undefined) return String.fromCodePoint(Number.parseInt(octal, 8));
      const plain = ESCAPES[letter] ?? (/["'`?\\]/.test(letter) ? letter : undefined);
      if (plain === undefined) throw new RuleCompileError(`unknown escape \\${letter}`, at);
      return plain;
    },
  );
}
