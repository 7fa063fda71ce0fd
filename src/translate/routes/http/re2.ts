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
