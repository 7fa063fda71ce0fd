import fc from "fast-check";
import { expect, test } from "vitest";
import { admitValue } from "./admit.ts";
import {
  anything,
  boolean,
  defaulted,
  integer,
  intOrString,
  keepUnknown,
  listOf,
  mapOf,
  object,
  oneOf,
  optional,
  required,
  string,
} from "./builder.ts";
import { rule } from "./rules.ts";
import { documentFor } from "./testing/documents.ts";

const Item = object({
  name: required(string({ maxLength: 8 })),
  on: defaulted(boolean(), true),
  sub: optional(object({ x: defaulted(integer(), 1) })),
});
const Sample = object(
  {
    type: defaulted(oneOf("A", "B"), "A"),
    items: defaulted(listOf(Item, { listType: "map", listMapKeys: ["name"], maxItems: 3 }), [{ name: "one", sub: {} }]),
    tags: optional(listOf(string({ pattern: "^[a-z]+$" }), { listType: "set" })),
    labels: optional(mapOf(object({ v: defaulted(string(), "x") }))),
    port: optional(intOrString()),
    open: optional(object({ known: defaulted(string(), "k") }, keepUnknown)),
    any: optional(anything()),
  },
  rule("self.type == 'A' || has(self.port)", "B needs a port"),
);

/** Freezes a value with everything in it, so that any change in place throws. */
function frozen<T>(value: T): T {
  if (typeof value === "object" && value !== null) {
    for (const part of Object.values(value)) frozen(part);
    Object.freeze(value);
  }
  return value;
}

test("admission never changes its input, whatever the input is", () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const raw = frozen(documentFor(Sample, seed, { dirt: 0.08, size: 40 }));
      expect(() => admitValue(Sample, raw)).not.toThrow();
    }),
    { numRuns: 500 },
  );
});

test("admitting what was admitted changes nothing, and shares everything", () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const once = admitValue(Sample, documentFor(Sample, seed, { dirt: 0.01, size: 40 }));
      fc.pre(once.object !== undefined);
      const twice = admitValue(Sample, once.object);
      expect(twice).toEqual({ object: once.object, issues: [] });
      expect(twice.object).toBe(once.object);
    }),
    { numRuns: 500 },
  );
});

test("arbitrary JSON is told what is wrong with it, and never throws", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (raw) => {
      const { object: admitted, issues } = admitValue(Sample, raw);
      expect(admitted === undefined).toBe(issues.some((issue) => issue.severity === "error"));
    }),
  );
});
