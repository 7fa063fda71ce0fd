/**
 * Patterns (RE2 expressions) as functions.
 *
 * JavaScript's own engine is a hundred times faster than RE2 in JavaScript, but backtracks: on some patterns it needs exponential
 * time, with which anyone who may create a route could stop the control plane. So a pattern runs natively only where it is known
 * to mean the same as in RE2 and not to explode; everything else runs in re2js.
 */
import { RE2JS } from "re2js";

/** Whether the text contains a match. */
export type Matcher = (text: string) => boolean;

/** Longer texts always run in re2js: some harmless-looking patterns need quadratic time. Counted in UTF-16 units. */
const NATIVE_TEXT_LIMIT = 1024;

/**
 * Patterns that repeat a repetition, and an equal one that never has two ways to match the same text (often the pattern itself).
 * A test holds each pair equal against re2js.
 */
export const UNAMBIGUOUS: ReadonlyMap<string, string> = new Map([
  // Header values: words of visible characters, one blank or tab between them.
  ["^[!-~]+([\\t ]?[!-~]+)*$", "^[!-~]+([\\t ][!-~]+)*$"],
  // Origins of CORS requests: host names whose labels are separated by single dots.
  [
    "^(\\*|[A-Za-z][A-Za-z0-9+.-]*:\\/\\/(\\*|(\\*\\.)?(([\\w-]+\\.?)+)?[\\w-]+)(:\\d{1,5})?)$",
    "^(\\*|[A-Za-z][A-Za-z0-9+.-]*:\\/\\/(\\*|(\\*\\.)?[\\w-]+(\\.[\\w-]+)*)(:\\d{1,5})?)$",
  ],
  ...[
    "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$",
    "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\\.?$",
    "^$|^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$",
    "^(\\*\\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$",
    "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\\/[A-Za-z0-9\\/\\-._~%!$&'()*+,;=:]+$",
    "^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$",
    "^(System|([a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9]))$",
    "(^\\*$)|(^(http(s)?):\\/\\/(((\\*\\.)?([a-zA-Z0-9\\-]+\\.)*[a-zA-Z0-9-]+|\\*)(:([0-9]{1,5}))?)$)",
    "^[a-zA-Z0-9_.:/-]+( [a-zA-Z0-9_.:/-]+)*$",
  ].map((pattern): [string, string] => [pattern, pattern]),
]);

const matchers = new Map<string, Matcher>();

/** The function for a pattern, made once. Throws if RE2 refuses the pattern; patterns in schemas are ours, so that is a bug. */
export function matcherFor(pattern: string): Matcher {
  let matcher = matchers.get(pattern);
  if (matcher === undefined) {
    matcher = makeMatcher(pattern);
    matchers.set(pattern, matcher);
  }
  return matcher;
}

function makeMatcher(pattern: string): Matcher {
  const slow = re2Matcher(pattern);
  const native = nativeEquivalent(pattern);
  if (native === undefined) return slow;
  return (text) => (text.length <= NATIVE_TEXT_LIMIT ? native.test(text) : slow(text));
}

/** A native expression that means the same as the RE2 pattern and cannot explode; undefined if none is known. */
export function nativeEquivalent(pattern: string): RegExp | undefined {
  const known = UNAMBIGUOUS.get(pattern);
  const source = known ?? pattern;
  if (known === undefined && repeatsRepetition(pattern)) return undefined;
  // Blanks, word borders, Unicode classes, flags, and other escapes of RE2 mean something else in JavaScript, or nothing.
  if (/\\[^dwrntxDW\\/^$.|?*+()[\]{}-]/.test(source) || /\(\?[^:]/.test(source) || /\[\[:/.test(source))
    return undefined;
  try {
    return new RegExp(withoutNewlineInDot(source), "u");
  } catch {
    return undefined; // not in JavaScript's stricter Unicode grammar
  }
}

function re2Matcher(pattern: string): Matcher {
  let compiled: ReturnType<typeof RE2JS.compile> | undefined;
  return (text) => {
    compiled ??= RE2JS.compile(pattern);
    return compiled.matcher(text).find();
  };
}

/** RE2's dot matches all but a line feed; JavaScript's also leaves out other line ends. */
function withoutNewlineInDot(pattern: string): string {
  return pattern.replace(/\\.|\[(?:\\.|[^\]\\])*\]|\./gs, (part) => (part === "." ? "[^\\n]" : part));
}

/** Whether an unboundedly repeated group contains an unbounded repetition: the shape that can explode. */
function repeatsRepetition(pattern: string): boolean {
  const bare = pattern.replace(/\\./gs, "x").replace(/\[[^\]]*\]/g, "x");
  const open: boolean[] = [];
  for (let i = 0; i < bare.length; i++) {
    const unbounded = /^(?:[*+]|\{\d+,\})/.test(bare.slice(i));
    if (bare[i] === "(") open.push(false);
    else if (unbounded) open.fill(true);
    else if (bare[i] === ")") {
      const repeats = open.pop() === true;
      if (repeats && /^(?:[*+]|\{\d+,\})/.test(bare.slice(i + 1))) return true;
    }
  }
  return false;
}
