import fc from "fast-check";
import { RE2JS } from "re2js";
import { expect, test } from "vitest";
import { matcherFor, nativeEquivalent, UNAMBIGUOUS } from "./patterns.ts";

/** Texts near a pattern: its own characters, pieces that kinds use, and characters on which engines differ. */
const pieces = [
  "a",
  "A",
  "0",
  "-",
  ".",
  "/",
  ":",
  "*",
  "_",
  " ",
  "\t",
  "\n",
  "\r",
  "\u2028",
  "é",
  "😀",
  "http",
  "https://",
  "example",
  ".com",
  "x",
  "%",
  "\u0000",
];
const text = fc.array(fc.constantFrom(...pieces), { maxLength: 12 }).map((parts) => parts.join(""));

const patterns = [
  ...UNAMBIGUOUS.keys(),
  "^([0-9]{1,5}(h|m|s|ms)){1,4}$",
  "^(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|[%][0-9a-fA-F]{2})+$",
  "^[A-Za-z0-9!#$%&'*+\\-.^_\\x60|~]+$",
  "^Hostname|IPAddress|[a-z0-9]([-a-z0-9]*[a-z0-9])?$",
  "^.*\\.mmdb$",
  "^[^\\r\\n\\x00]*$",
  "a.b",
  "(?i)example",
  "\\bexample\\b",
  "[[:alpha:]]+x",
  "\\s",
  "\\pL0",
];

test.each(patterns)("%s means the same here and in RE2", (pattern) => {
  const matches = matcherFor(pattern);
  const reference = RE2JS.compile(pattern);
  fc.assert(
    fc.property(text, (sample) => {
      expect(matches(sample)).toBe(reference.matcher(sample).find());
    }),
    { numRuns: 300 },
  );
});

test("a pattern that repeats a repetition runs natively only in a form known not to explode", () => {
  expect(nativeEquivalent("^(a+)+$")).toBeUndefined();
  expect(nativeEquivalent("^(a|b*)*$")).toBeUndefined();
  expect(nativeEquivalent("^((x[+)]*)y)+$")).toBeUndefined();
  expect(nativeEquivalent("^([a+]b)+$")).toBeInstanceOf(RegExp);
  expect(nativeEquivalent("^[!-~]+([\\t ]?[!-~]+)*$")?.source).toBe("^[!-~]+([\\t ][!-~]+)*$");
});

test("what JavaScript reads in another way is left to RE2", () => {
  for (const pattern of ["\\s", "\\bx", "(?i)x", "[[:alpha:]]", "\\pL", "\\Qx\\E", "\\Ax"])
    expect(nativeEquivalent(pattern)).toBeUndefined();
});

test("a text that would take ages with backtracking is answered", () => {
  expect(matcherFor("^[!-~]+([\\t ]?[!-~]+)*$")(`${"x".repeat(60)}\u0000`)).toBe(false);
  expect(matcherFor("^(a+)+$")(`${"a".repeat(60)}!`)).toBe(false);
  expect(matcherFor("^[1-9]+[0-9]*([EPTGMK]i|[EPTGMk])?$")(`${"1".repeat(20_000)}x`)).toBe(false);
});
