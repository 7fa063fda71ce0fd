import { expect, expectTypeOf, test } from "vitest";
import {
  also,
  anything,
  boolean,
  defaulted,
  type Infer,
  type InferInput,
  integer,
  intOrString,
  keepUnknown,
  listOf,
  mapOf,
  named,
  object,
  oneOf,
  optional,
  required,
  string,
} from "./builder.ts";
import { only, rule, unionRules } from "./rules.ts";

const Match = named(
  "Match",
  object({
    type: defaulted(oneOf("Exact", "Prefix"), "Exact", "How to compare."),
    value: required(string({ maxLength: 5 }), "What to compare with."),
    port: optional(intOrString()),
  }),
  "A match.",
);

test("a field that must be there is required in the type and in the schema", () => {
  expect(Match.required).toEqual(["value"]);
  expectTypeOf<Infer<typeof Match>>().toEqualTypeOf<{
    readonly type: "Exact" | "Prefix";
    readonly value: string;
    readonly port?: number | string;
  }>();
});

test("a field with a default is always there in the result and may be left out in the input", () => {
  expectTypeOf<InferInput<typeof Match>>().toEqualTypeOf<{
    readonly type?: "Exact" | "Prefix";
    readonly value: string;
    readonly port?: number | string;
  }>();
  expect(Match.properties?.type).toEqual({
    type: "string",
    enum: ["Exact", "Prefix"],
    default: "Exact",
    description: "How to compare.",
  });
});

test("a default can be required as well, which only the CRD shows", () => {
  const schema = object({ type: defaulted(oneOf("A"), "A", "Type.", { required: true }) });
  expect(schema.required).toEqual(["type"]);
  expectTypeOf<InferInput<typeof schema>>().toEqualTypeOf<{ readonly type?: "A" }>();
});

test("lists and maps carry the types of their items", () => {
  const schema = object({
    items: required(listOf(Match, { listType: "map", listMapKeys: ["type", "value"], maxItems: 3 })),
    labels: required(mapOf(string())),
    flags: required(mapOf(boolean(), { maxProperties: 2 })),
  });
  expectTypeOf<Infer<typeof schema>["items"]>().toEqualTypeOf<readonly Infer<typeof Match>[]>();
  expectTypeOf<Infer<typeof schema>["labels"]>().toEqualTypeOf<{ readonly [key: string]: string }>();
  expect(schema.properties?.items).toMatchObject({
    type: "array",
    maxItems: 3,
    "x-kubernetes-list-type": "map",
    "x-kubernetes-list-map-keys": ["type", "value"],
  });
  expect(schema.properties?.flags).toEqual({
    type: "object",
    additionalProperties: { type: "boolean" },
    maxProperties: 2,
  });
});

test("the text of a field does not change the type it is used with", () => {
  const schema = object({ first: optional(Match, "The first."), second: optional(Match, "The second.") });
  expect(schema.properties?.first).toEqual({ ...Match, description: "The first." });
  expect(Match.description).toBeUndefined();
});

test("rules and annotations can follow any schema, and be added later", () => {
  const schema = also(
    object({ a: optional(integer()) }, keepUnknown, rule("has(self.a)", "needs a")),
    rule("self.a > 0", "positive"),
  );
  expect(schema["x-kubernetes-preserve-unknown-fields"]).toBe(true);
  expect(schema["x-kubernetes-validations"]).toEqual([
    { rule: "has(self.a)", message: "needs a" },
    { rule: "self.a > 0", message: "positive" },
  ]);
});

test("a value of any kind is unknown to the type checker", () => {
  const schema = object({ value: optional(anything()) });
  expectTypeOf<Infer<typeof schema>>().toEqualTypeOf<{ readonly value?: unknown }>();
});

test("helpers write the rules of a union", () => {
  expect(only("HTTP", "http", "needs http")).toEqual({
    rule: "self.type == 'HTTP' ? has(self.http) : !has(self.http)",
    message: "needs http",
  });
  const rules = unionRules(
    { A: "a" },
    { mustBeAbsent: (field) => `no ${field}`, mustBePresent: (field, type) => `${field} for ${type}` },
  );
  expect(rules).toEqual([
    { rule: "!(has(self.a) && self.type != 'A')", message: "no a" },
    { rule: "!(!has(self.a) && self.type == 'A')", message: "a for A" },
  ]);
});
