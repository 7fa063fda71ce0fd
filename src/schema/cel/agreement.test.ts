/** Our compiler against the CEL library of another hand, on rules of the shapes that kinds use and on random values. */
import { type CelInput, celEnv, isCelError, parse, plan } from "@bufbuild/cel";
import { strings } from "@bufbuild/cel/ext";
import fc from "fast-check";
import { expect, test } from "vitest";
import { boolean, integer, listOf, mapOf, number, object, oneOf, optional, required, string } from "../builder.ts";
import type { Json, Structural } from "../structural.ts";
import { documentFor } from "../testing/documents.ts";
import { compileRule } from "./compile.ts";
import { typeOf } from "./types.ts";

const Ref = object({
  group: optional(string()),
  kind: required(oneOf("Service", "Backend", "Secret")),
  port: optional(integer({ minimum: 1, maximum: 9 })),
});
const Sample = object({
  type: required(oneOf("A", "B", "C")),
  a: optional(object({ on: optional(boolean()), timeout: optional(string()) })),
  b: optional(string()),
  refs: optional(listOf(Ref, { maxItems: 4 })),
  names: required(listOf(string(), { maxItems: 4 })),
  labels: optional(mapOf(string())),
  low: optional(integer({ minimum: -3, maximum: 3 })),
  high: optional(integer({ minimum: -3, maximum: 3 })),
  share: optional(number()),
});

const rules = [
  "self.type == 'A' ? has(self.a) : !has(self.a)",
  "!(has(self.b) && self.type != 'B')",
  "self.type in ['A', 'C'] || has(self.b)",
  "has(self.refs) ? self.refs.all(r, r.kind == 'Service' || r.kind == 'Backend') : true",
  "self.refs.exists(r, r.port == 5) || self.low > 0",
  "self.refs.all(r1, self.refs.exists_one(r2, r1.kind == r2.kind && (has(r1.port) == has(r2.port))))",
  "self.refs.filter(r, has(r.port)).size() <= 1",
  "self.refs.map(r, r.kind).size() == self.refs.size()",
  "self.refs[0].port < 5",
  "(size(self.refs[0].group) == 0 && self.refs[0].kind == 'Service') ? has(self.refs[0].port) : true",
  "self.low < self.high || self.low + self.high == 0",
  "self.low / self.high > -1",
  "self.low % self.high == 0 && self.b != ''",
  "self.low * 2 - self.high >= 0",
  "!has(self.low) || !has(self.high) || {'A': 1, 'B': 2}[self.type] <= 2",
  "self.names.all(n, n.matches('^[a-z.]+$') || n.startsWith('X') || n.endsWith('m'))",
  "self.names.exists(n, n.contains('.') && n.split('.').size() > 1)",
  "self.names.exists_one(n, n.upperAscii() == n)",
  "self.names.all(n, n.trim().size() == n.size() && n.lowerAscii().size() > 0)",
  // Plain texts only: the library counts UTF-16 units here, Go and we count characters.
  "!self.names[0].matches('^[a-z]+$') || self.names[0].substring(1) != ''",
  "self.names == self.names && self.names != ['a']",
  "'a' in self.labels || self.labels.all(k, self.labels[k].size() > 1)",
  "has(self.labels.a) && self.labels.a != ''",
  "has(self.a) && has(self.a.on) && self.a.on",
  "self.a.on || self.share > 5.0",
  "duration(self.a.timeout) > duration('1s')",
  "!has(self.a) || !has(self.a.timeout) || duration(self.a.timeout) <= duration('1h')",
  "self.b < 'm' || self.b.size() >= 3",
  "self.share * 2.0 - 1.0 < self.share + 3.0",
];

const env = celEnv({ funcs: [...strings] });

/** JSON as the library wants it: whole numbers of integer fields are `bigint`, maps are `Map`. */
function convert(value: Json | undefined, schema: Structural): CelInput {
  if (Array.isArray(value)) return value.map((item: Json) => convert(item, schema.items ?? {}));
  if (typeof value === "object" && value !== null) {
    return new Map(
      Object.entries(value).map(([key, item]) => [
        key,
        convert(item as Json, schema.properties?.[key] ?? schema.additionalProperties ?? {}),
      ]),
    );
  }
  return schema.type === "integer" && typeof value === "number" ? BigInt(value) : (value as CelInput);
}

test.each(rules)("agrees with another implementation: %s", (text) => {
  const ours = compileRule(text, typeOf(Sample));
  const theirs = plan(env, parse(text));
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const value = documentFor(Sample, seed, { dirt: 0, size: 25 });
      const expected = theirs({ self: convert(value, Sample) });
      const actual = ours?.(value);
      expect(typeof actual === "object" ? "error" : actual).toBe(isCelError(expected) ? "error" : expected);
    }),
    { numRuns: 150 },
  );
});
