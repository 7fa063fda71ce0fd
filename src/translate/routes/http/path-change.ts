/** `HTTPPathModifier`, the part that redirects and rewrites share. */
import type { HTTPPathModifier } from "../../../api/gateway-api/http-filters.ts";
import type { RegexReplacement } from "./extension-filter.ts";
import { quoteRE2 } from "./re2.ts";
import type { RouteEntry } from "./rule-input.ts";

/** How a path is rewritten. */
export type PathModifier = HTTPPathModifier | RegexReplacement;

/** What happens to a path; the query is never touched. */
export type PathChange =
  | { readonly type: "full"; readonly path: string }
  | { readonly type: "prefix"; readonly replacement: string }
  | { readonly type: "regex"; readonly pattern: string; readonly substitution: string };

/**
 * How to change the paths that `path` matches; `undefined` if they stay as they are.
 *
 * Follows the table at `HTTPPathModifier.replacePrefixMatch`: trailing slashes of prefix and replacement do not
 * count, and the result is never empty nor has two slashes where they meet. A prefix can only be replaced where the
 * match is a prefix (see {@link canChange}).
 */
export function pathChange(modifier: PathModifier, path: RouteEntry["path"]): PathChange | undefined {
  if (modifier.type === "ReplaceRegexMatch") {
    return { type: "regex", pattern: modifier.pattern, substitution: modifier.substitution };
  }
  if (modifier.type === "ReplaceFullPath")
    return { type: "full", path: absolute(modifier.replaceFullPath ?? "") || "/" };
  const prefix = path.value.replace(/\/+$/, "");
  const replacement = absolute(modifier.replacePrefixMatch ?? "").replace(/\/+$/, "");
  if (prefix === replacement) return undefined;
  // Of /a/b with prefix / Envoy keeps a/b, so the replacement has to bring the slash.
  if (prefix === "") return { type: "prefix", replacement: `${replacement}/` };
  if (replacement !== "") return { type: "prefix", replacement };
  // Cutting off a prefix leaves "" of the prefix alone and /b of /a/b: both need one slash.
  return { type: "regex", pattern: `^${quoteRE2(prefix)}/*`, substitution: "/" };
}

/** Whether the modifier makes sense for the match. */
export function canChange(modifier: PathModifier, path: RouteEntry["path"]): boolean {
  return modifier.type !== "ReplacePrefixMatch" || path.type === "prefix";
}

/** The change as pattern and substitution of Envoy's `regex_rewrite`, which sees the path without the query. */
export function fullPathRewrite(path: string): { pattern: { regex: string }; substitution: string } {
  return { pattern: { regex: "^/.*$" }, substitution: path.replaceAll("\\", "\\\\") };
}

function absolute(path: string): string {
  return path === "" || path.startsWith("/") ? path : `/${path}`;
}
