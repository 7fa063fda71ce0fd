import { expect, expectTypeOf, test } from "vitest";
import { admit, admitValue } from "./admit.ts";
import {
  anything,
  defaulted,
  integer,
  intOrString,
  keepUnknown,
  listOf,
  mapOf,
  number,
  object,
  oneOf,
  optional,
  required,
  string,
} from "./builder.ts";
import { formatPath, type Issue } from "./issue.ts";
import { type InferKind, kind } from "./kind.ts";
import { rule } from "./rules.ts";

const Rule = object(
  {
    name: required(string({ minLength: 1, maxLength: 5, pattern: "^[a-z]+$" })),
    mode: defaulted(oneOf("Exact", "Prefix"), "Exact"),
    weight: optional(integer({ minimum: 0, maximum: 10 })),
    labels: optional(mapOf(string(), { maxProperties: 1 })),
    any: optional(anything()),
    port: optional(intOrString()),
  },
  rule("self.mode != 'Prefix' || has(self.weight)", "Prefix needs a weight"),
);
const Widget = kind("Widget", {
  group: "example.com",
  versions: ["v1", { name: "v1beta1", deprecationWarning: "v1beta1 is going to be removed" }],
  aliases: ["v1alpha1"],
  doc: "A widget.",
  spec: object({
    rules: defaulted(listOf(Rule, { maxItems: 2, listType: "map", listMapKeys: ["name"] }), [{ name: "one" }]),
  }),
  status: optional(object({ ready: optional(string()) })),
});

function widget(spec: unknown, more: object = {}): unknown {
  return { apiVersion: "example.com/v1", kind: "Widget", metadata: { name: "w" }, spec, ...more };
}

function issuesOf(raw: unknown): string[] {
  return admit(Widget, raw).issues.map(brief);
}

function brief(issue: Issue): string {
  return `${issue.code} ${formatPath(issue.path)}`.trim();
}

test("an admitted object has the kind's type", () => {
  const { object: admitted } = admit(Widget, widget({}));
  expectTypeOf(admitted).toEqualTypeOf<InferKind<typeof Widget> | undefined>();
  expect(admitted?.spec.rules[0]?.mode).toBe("Exact");
});

test("defaults come in, inside defaults too", () => {
  expect(admit(Widget, widget({})).object?.spec).toEqual({ rules: [{ name: "one", mode: "Exact" }] });
});

test("the input stays as it is, and what needs no change is shared with the result", () => {
  const labels = Object.freeze({ a: "b" });
  const raw = widget(Object.freeze({ rules: Object.freeze([Object.freeze({ name: "one", labels, extra: 1 })]) }));
  const before = structuredClone(raw);
  const { object: admitted } = admit(Widget, Object.freeze(raw));
  expect(raw).toEqual(before);
  expect(admitted?.spec.rules[0]?.labels).toBe(labels);
  const complete = widget({ rules: [{ name: "one", mode: "Exact" }] });
  expect(admit(Widget, complete).object).toBe(complete);
});

test("unknown fields go, with a warning that guesses what was meant", () => {
  const { object: admitted, issues } = admit(Widget, widget({ rules: [{ name: "one", wieght: 1 }], zzz: 1 }));
  expect(admitted?.spec).toEqual({ rules: [{ name: "one", mode: "Exact" }] });
  expect(issues.map(({ message, severity }) => [severity, message])).toEqual([
    ["warning", 'unknown field; did you mean "weight"?'],
    ["warning", "unknown field"],
  ]);
});

test("null is absence in an optional field, the default in a defaulted one, and an error in a list", () => {
  expect(admit(Widget, widget({ rules: [{ name: "one", mode: null, weight: null }] })).object?.spec.rules).toEqual([
    { name: "one", mode: "Exact" },
  ]);
  expect(admit(Widget, widget({ rules: null })).object?.spec.rules).toHaveLength(1);
  expect(issuesOf(widget({ rules: [null] }))).toContain("WrongType spec.rules[0]");
});

test.each([
  [{ rules: [{}] }, "Required spec.rules[0].name"],
  [{ rules: [{ name: 1 }] }, "WrongType spec.rules[0].name"],
  [{ rules: {} }, "WrongType spec.rules"],
  [{ rules: [{ name: "a", weight: 1.5 }] }, "WrongType spec.rules[0].weight"],
  [{ rules: [{ name: "a", port: true }] }, "WrongType spec.rules[0].port"],
  [{ rules: [{ name: "a", labels: { x: 1 } }] }, "WrongType spec.rules[0].labels.x"],
  [{ rules: [{ name: "a", mode: "exact" }] }, "UnsupportedValue spec.rules[0].mode"],
  [{ rules: [{ name: "abcdef" }] }, "TooLong spec.rules[0].name"],
  [{ rules: [{ name: "a" }, { name: "b" }, { name: "c" }] }, "TooMany spec.rules"],
  [{ rules: [{ name: "a", labels: { x: "1", y: "2" } }] }, "TooMany spec.rules[0].labels"],
])("%j keeps the rules from running: %s", (spec, expected) => {
  expect(issuesOf(widget(spec))).toEqual([expected, "RulesSkipped"]);
});

test.each([
  [{ name: "" }, "TooShort spec.rules[0].name"],
  [{ name: "A" }, "PatternMismatch spec.rules[0].name"],
  [{ name: "a", weight: -1 }, "TooSmall spec.rules[0].weight"],
  [{ name: "a", weight: 11 }, "TooLarge spec.rules[0].weight"],
])("%j is an error beside which rules still run: %s", (item, expected) => {
  expect(issuesOf(widget({ rules: [item, { name: "b", mode: "Prefix" }] }))).toEqual([
    expected,
    "RuleFailed spec.rules[1]",
  ]);
});

test("equal keys in a keyed list are told once, at the second item", () => {
  expect(issuesOf(widget({ rules: [{ name: "a" }, { name: "a" }] }))).toEqual(["Duplicate spec.rules[1]"]);
});

test("80.0 is a whole number, and lengths count characters, not UTF-16 units", () => {
  expect(admit(Widget, widget({ rules: [{ name: "a", port: 80.0 }] })).object).toBeDefined();
  const Text = object({ text: required(string({ maxLength: 2, minLength: 2 })) });
  expect(admitValue(Text, { text: "😀😀" }).issues).toEqual([]);
  expect(admitValue(Text, { text: "😀" }).issues.map(brief)).toEqual(["TooShort text"]);
});

test("a rule that fails tells its message at its place", () => {
  const { object: admitted, issues } = admit(Widget, widget({ rules: [{ name: "a", mode: "Prefix" }] }));
  expect(admitted).toBeUndefined();
  expect(issues).toEqual([
    {
      code: "RuleFailed",
      path: ["spec", "rules", 0],
      message: "Prefix needs a weight",
      severity: "error",
      blocking: false,
    },
  ]);
});

test("every version and alias is admitted, and becomes the first", () => {
  expect(admit(Widget, widget({}, { apiVersion: "example.com/v1alpha1" })).object?.apiVersion).toBe("example.com/v1");
  const beta = admit(Widget, widget({}, { apiVersion: "example.com/v1beta1" }));
  expect(beta.object?.apiVersion).toBe("example.com/v1");
  expect(beta.issues.map(({ code, message }) => [code, message])).toEqual([
    ["DeprecatedVersion", "v1beta1 is going to be removed"],
  ]);
  expect(issuesOf(widget({}, { apiVersion: "example.com/v2" }))).toEqual(["UnsupportedVersion apiVersion"]);
  expect(issuesOf(widget({}, { apiVersion: "v1" }))).toEqual(["UnsupportedVersion apiVersion"]);
});

test("metadata is kept as it is, but must have a name and texts for labels", () => {
  const metadata = { name: "w", ownerReferences: [{ x: 1 }], whatever: true };
  expect(admit(Widget, widget({}, { metadata })).object?.metadata).toBe(metadata);
  expect(issuesOf(widget({}, { metadata: { labels: { version: 1, "a b": "c" } } }))).toEqual([
    "Required metadata.name",
    "WrongType metadata.labels.version",
    "RulesSkipped",
  ]);
  expect(issuesOf(widget({}, { metadata: { name: "Upper", namespace: "a.b" } }))).toEqual([
    "InvalidMetadata metadata.name",
    "InvalidMetadata metadata.namespace",
  ]);
});

test("names with capitals and underlines are warned about only where the kind is one of Kubernetes itself", () => {
  const Thing = kind("Thing", { group: "", versions: ["v1"], spec: optional(object({})), doc: "A thing." });
  const verdict = (name: string): string[] =>
    admit(Thing, { apiVersion: "v1", kind: "Thing", metadata: { name } }).issues.map(
      ({ code, severity }) => `${severity} ${code}`,
    );
  expect(verdict("theThing_1")).toEqual(["warning LooseName"]);
  for (const name of ["a/b", "a b", "-a", "A".repeat(254)]) expect(verdict(name)).toEqual(["error InvalidMetadata"]);
});

test("a kind may have names that are only fit for a URL's path", () => {
  const options = { group: "example.com", versions: ["v1"], spec: optional(object({})), doc: "A thing." } as const;
  const Thing = kind("Thing", { ...options, nameFormat: "PathSegment" });
  const verdict = (name: string): string[] =>
    admit(Thing, { apiVersion: "example.com/v1", kind: "Thing", metadata: { name } }).issues.map(({ code }) => code);
  for (const name of ["kubernetes.io:serving:1", "A b", "..."]) expect(verdict(name)).toEqual([]);
  for (const name of ["a/b", "50%", ".", "..", "a".repeat(254)]) expect(verdict(name)).toEqual(["InvalidMetadata"]);
});

test.each([[null], ["text"], [[]], [7]])("%j is no object", (raw) => {
  expect(issuesOf(raw)).toContain("WrongType");
  expect(admit(Widget, raw).object).toBeUndefined();
});

test("a field called __proto__ is a field like any other", () => {
  const raw = JSON.parse('{"rules":[{"name":"a","labels":{"__proto__":"x"},"__proto__":{"weight":5}}]}');
  const { object: admitted, issues } = admit(Widget, widget(raw));
  expect(Object.entries(admitted?.spec.rules[0]?.labels ?? {})).toEqual([["__proto__", "x"]]);
  expect(admitted?.spec.rules[0]?.weight).toBeUndefined();
  expect(issues.map(brief)).toEqual(["UnknownField spec.rules[0].__proto__"]);
});

test("objects that keep unknown fields keep them without a word", () => {
  const Open = object({ known: defaulted(string(), "x") }, keepUnknown);
  expect(admitValue(Open, { other: null, deep: { a: 1 } })).toEqual({
    object: { other: null, deep: { a: 1 }, known: "x" },
    issues: [],
  });
});

test("exactly one of the alternatives must fit", () => {
  const Target = object(
    { a: optional(string()), b: optional(string()) },
    { oneOf: [{ required: ["a"] }, { required: ["b"] }] },
  );
  expect(admitValue(Target, { a: "x" }).issues).toEqual([]);
  expect(admitValue(Target, { a: "x", b: "y" }).issues.map(brief)).toEqual(["NoAlternative"]);
  expect(admitValue(Target, {}).issues.map(brief)).toEqual(["NoAlternative", "Required a"]);
});

test("formats and all of several patterns are enforced", () => {
  const Limits = object({
    time: optional(string({ format: "date-time" })),
    size: optional(intOrString({ allOf: [{ pattern: "^[0-9]+" }, { pattern: "k$" }] })),
    share: optional(number({ multipleOf: 0.5 })),
    port: optional(integer({ format: "int32" })),
  });
  expect(admitValue(Limits, { time: "2024-02-29T00:00:00Z", size: "5k", share: 1.5, port: 1 }).issues).toEqual([]);
  expect(
    admitValue(Limits, { time: "2023-02-29T00:00:00Z", size: "5", share: 1.2, port: 2147483648 }).issues.map(brief),
  ).toEqual(["BadFormat time", "PatternMismatch size", "NotMultiple share", "TooLarge port"]);
});
