import { expect, test } from "vitest";
import { parseWrites, writesBetween } from "./api-server-metrics.ts";

const line = (verb: string, resource: string, subresource: string, code: number, value: number): string =>
  `apiserver_request_total{code="${code}",component="apiserver",dry_run="",group="g",resource="${resource}",scope="resource",` +
  `subresource="${subresource}",verb="${verb}",version="v1"} ${value}`;

test("writes are counted by what is written, whatever was answered", () => {
  const text = [
    "# TYPE apiserver_request_total counter",
    line("PATCH", "httproutes", "status", 200, 3),
    line("PATCH", "httproutes", "status", 409, 1),
    line("POST", "httproutes", "", 201, 7),
    line("GET", "httproutes", "", 200, 50),
    'apiserver_request_duration_seconds_count{resource="httproutes",verb="PATCH"} 9',
  ].join("\n");
  expect(parseWrites(text)).toEqual({ "PATCH httproutes/status": 4, "POST httproutes": 7 });
});

test("signs of life and questions that are asked by POST are no writes", () => {
  const text = [
    line("PUT", "leases", "", 200, 3),
    line("PATCH", "nodes", "status", 200, 1),
    line("POST", "tokenreviews", "", 201, 7),
  ];
  expect(parseWrites(text.join("\n"))).toEqual({});
});

test("between two counts only what grew is told", () => {
  expect(writesBetween({ "PUT a": 2, "PUT b": 1 }, { "PUT a": 2, "PUT b": 4, "PUT c": 1 })).toEqual({
    "PUT b": 3,
    "PUT c": 1,
  });
});
