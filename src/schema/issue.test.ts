import { expect, test } from "vitest";
import { finished, formatPath, type IssueSink, placeUnder, report, reportAt, show } from "./issue.ts";
import { editDistance, suggest } from "./suggest.ts";

test("a path reads as people write it", () => {
  expect(formatPath(["spec", "rules", 0, "backendRefs", 1, "name"])).toBe("spec.rules[0].backendRefs[1].name");
  expect(formatPath(["metadata", "labels", "app.kubernetes.io/name"])).toBe(
    'metadata.labels["app.kubernetes.io/name"]',
  );
  expect(formatPath([])).toBe("");
});

test("issues get their paths from the levels above them", () => {
  const sink: IssueSink = [];
  report(sink, "WrongType", "first");
  placeUnder(sink, 0, "name");
  const before = sink.length;
  reportAt(sink, "x", "Required", "second");
  placeUnder(sink, before, 3);
  placeUnder(sink, 0, "spec");
  expect(finished(sink)).toEqual([
    { code: "WrongType", path: ["spec", "name"], message: "first", severity: "error", blocking: true },
    { code: "Required", path: ["spec", 3, "x"], message: "second", severity: "error", blocking: true },
  ]);
});

test("a long value is cut off", () => {
  expect(show("x".repeat(200))).toHaveLength(78);
  expect(show({ a: [1] })).toBe('{"a":[1]}');
});

test("the nearest name is suggested, if it is near", () => {
  const names = ["backendRefs", "filters", "matches", "name", "timeouts"];
  expect(suggest("backendrefs", names)).toBe("backendRefs");
  expect(suggest("mathces", names)).toBe("matches");
  expect(suggest("filter", names)).toBe("filters");
  expect(suggest("nam", names)).toBe("name");
  expect(suggest("retries", names)).toBeUndefined();
  expect(suggest("ab", names)).toBeUndefined();
});

test("a swap of neighbours is one slip", () => {
  expect(editDistance("abcd", "abdc")).toBe(1);
  expect(editDistance("kitten", "sitting")).toBe(3);
  expect(editDistance("", "abc")).toBe(3);
});
