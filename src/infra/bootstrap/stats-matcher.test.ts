import { expect, test } from "vitest";
import { statsMatcher } from "./stats-matcher.ts";

test("without a list all statistics are kept", () => {
  expect(statsMatcher(undefined)).toEqual({});
  expect(statsMatcher([])).toEqual({});
});

test("what is asked for is kept, and what tells whether an Envoy serves and has drained", () => {
  const matches = [
    { type: "Exact", value: "a" },
    { type: "Prefix", value: "b" },
    { type: "Suffix", value: "c" },
    { type: "RegularExpression", value: "d.*" },
  ];
  expect(statsMatcher(matches)).toEqual({
    stats_matcher: {
      inclusion_list: {
        patterns: [
          { exact: "a" },
          { prefix: "b" },
          { suffix: "c" },
          { safe_regex: { regex: "d.*" } },
          { prefix: "listener_manager." },
          { suffix: "downstream_cx_active" },
          { suffix: "downstream_rq_active" },
          { prefix: "server." },
        ],
      },
    },
  });
});
