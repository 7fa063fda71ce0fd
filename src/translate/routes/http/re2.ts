/**
 * Regular expressions of users: Envoy runs them as RE2, and refuses a whole route table for one that RE2 does not
 * know.
 */
import { RE2JS } from "re2js";

/** Expressions made of these alone are fine in RE2; most are, and checking them takes no compiler. */
const PLAIN = /^(?:[A-Za-z0-9/_-]|\\[.dws/-]|\.[*+?]?)*$/;
const REMEMBERED = 10_000;

const verdicts = new Map<string, string | undefined>();

/** Why RE2 refuses the expression, in its words; `undefined` if it accepts it. Verdicts are remembered. */
export function re2Error(pattern: string): string | undefined {
  if (PLAIN.test(pattern)) return undefined;
  if (verdicts.has(pattern)) return verdicts.get(pattern);
  if (verdicts.size >= REMEMBERED) verdicts.clear();
  const verdict = compileError(pattern);
  verdicts.set(pattern, verdict);
  return verdict;
}

/** Why a substitution makes no sense for an expression that RE2 accepts; Envoy would leave the text as it is. */
export function substitutionError(pattern: string, substitution: string): string | undefined {
  const groups = RE2JS.compile(pattern).groupCount();
  for (const [, escaped = ""] of substitution.matchAll(/\\(.|$)/gs)) {
    if (escaped === "\\") continue;
    if (!/[0-9]/.test(escaped)) return "has a backslash before what is no digit; write it twice to have one";
    if (Number(escaped) > groups) return `names group ${escaped} of an expression that has ${groups}`;
  }
  return undefined;
}

/** Escapes a text so that RE2 takes it literally. */
export function quoteRE2(text: string): string {
  return text.replace(/[\\^$.|?*+()[\]{}]/g, "\\$&");
}

function compileError(pattern: string): string | undefined {
  try {
    RE2JS.compile(pattern);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
