import fc from "fast-check";
import { RE2JS } from "re2js";
import { expect, test } from "vitest";
import { pathChange } from "./path-change.ts";

/** The path as Envoy changes it, for a request path that the prefix matches. */
function changed(prefix: string, replacement: string, path: string): string {
  const change = pathChange(
    { type: "ReplacePrefixMatch", replacePrefixMatch: replacement },
    { type: "prefix", value: prefix },
  );
  switch (change?.type) {
    case undefined:
      return path;
    case "prefix":
      return change.replacement + path.slice(prefix.length);
    case "regex":
      return RE2JS.compile(change.pattern).matcher(path).replaceAll(change.substitution);
    case "full":
      return change.path;
  }
}

// The table at HTTPPathModifier.replacePrefixMatch; matches have lost the slash at their end before they come here.
test.each([
  ["/foo/bar", "/foo", "/xyz", "/xyz/bar"],
  ["/foo/bar", "/foo", "/xyz/", "/xyz/bar"],
  ["/foo", "/foo", "/xyz", "/xyz"],
  ["/foo/", "/foo", "/xyz", "/xyz/"],
  ["/foo/bar", "/foo", "", "/bar"],
  ["/foo/", "/foo", "", "/"],
  ["/foo", "/foo", "", "/"],
  ["/foo/", "/foo", "/", "/"],
  ["/foo", "/foo", "/", "/"],
  ["/", "/", "/xyz", "/xyz/"],
  ["/bar", "/", "/xyz/", "/xyz/bar"],
  ["/bar", "/", "", "/bar"],
  ["/bar", "/", "xyz", "/xyz/bar"],
  ["/a.b/c", "/a.b", "", "/c"],
])("%s with prefix %s replaced by %s becomes %s", (path, prefix, replacement, expected) => {
  expect(changed(prefix, replacement, path)).toBe(expected);
});

const segments = fc.array(fc.constantFrom("a", "b.c", "d+"), { maxLength: 3 });

test("a changed path is absolute and has no double slash", () => {
  fc.assert(
    fc.property(
      segments,
      segments,
      segments,
      fc.boolean(),
      fc.boolean(),
      (matched, replaced, rest, slash, endSlash) => {
        const prefix = `/${matched.join("/")}`;
        const replacement = `/${replaced.join("/")}${slash ? "/" : ""}`;
        const path = `/${[...matched, ...rest].join("/")}${endSlash && matched.length + rest.length > 0 ? "/" : ""}`;
        const result = changed(prefix, replacement, path);
        expect(result).toMatch(/^\//);
        expect(result).not.toContain("//");
        expect(result.split("/").filter((part) => part !== "")).toEqual([...replaced, ...rest]);
      },
    ),
  );
});
