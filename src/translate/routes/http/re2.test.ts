import fc from "fast-check";
import { RE2JS } from "re2js";
import { expect, test } from "vitest";
import { quoteRE2, re2Error } from "./re2.ts";

const piece = fc.constantFrom(
  "a",
  "Z",
  "0",
  "/",
  "-",
  "_",
  ".",
  "*",
  "+",
  "?",
  "\\.",
  "\\d",
  "\\w",
  "\\s",
  "\\/",
  "\\-",
  "(",
  ")",
  "[",
  "]",
  "{2}",
  "|",
  "^",
  "$",
  "\\1",
);

test("whatever is called fine compiles as RE2, and whatever is refused does not", () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const pattern = pieces.join("");
      const compile = () => RE2JS.compile(pattern);
      if (re2Error(pattern) === undefined) expect(compile).not.toThrow();
      else expect(compile).toThrow();
    }),
    { numRuns: 1000 },
  );
});

test.each(["(?=a)", "(?<!a)b", "\\1", "a**", "(", "[z-a]"])("%s is refused, as RE2 refuses it", (pattern) => {
  expect(re2Error(pattern)).toMatch(/.+/);
});

test("a quoted text matches itself and nothing else", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "binary-ascii", maxLength: 20 }),
      fc.string({ unit: "binary-ascii", maxLength: 20 }),
      (text, other) => {
        const quoted = RE2JS.compile(`(?s)${quoteRE2(text)}`);
        expect(quoted.matches(text)).toBe(true);
        expect(quoted.matches(other)).toBe(text === other);
      },
    ),
  );
});
