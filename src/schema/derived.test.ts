import { expect, test } from "vitest";
import {
  defaulted,
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
import { toCRD } from "./crd.ts";
import { NameConflictError, toInterfaces } from "./interfaces.ts";
import { toJSONSchema } from "./json-schema.ts";
import { AGE, column, conditionColumn, kind } from "./kind.ts";
import { toReference } from "./reference.ts";
import { rule } from "./rules.ts";

const Name = named("Name", string({ minLength: 1, maxLength: 63 }), "A name.");
const Rule = named(
  "WidgetRule",
  object(
    {
      name: required(Name, "Name of the rule."),
      mode: defaulted(oneOf("Exact", "Prefix"), "Exact", "How names are compared.", { required: true }),
      ports: optional(listOf(intOrString(), { minItems: 1 }), "Ports."),
      labels: optional(mapOf(string()), "Labels."),
    },
    rule("self.mode == 'Exact' || has(self.ports)", "Prefix needs ports"),
  ),
  "What is done.",
);
const Widget = kind("Widget", {
  group: "example.com",
  versions: [
    { name: "v1", served: false },
    { name: "v1beta1", storage: true, deprecationWarning: "old", columns: [] },
  ],
  aliases: ["v1alpha1"],
  shortNames: ["wi"],
  categories: ["all-widgets"],
  scope: "Cluster",
  columns: [column("Mode", ".spec.mode"), conditionColumn("Ready"), AGE],
  spec: object({ rules: required(listOf(Rule, { maxItems: 4 }), "Rules in order.") }),
  status: optional(object({ seen: optional(integer()) }, keepUnknown), "What was seen."),
  doc: "Does what widgets do.",
});

test("a CRD has names, versions, columns and the schema, without what only we know", () => {
  const crd = toCRD(Widget, { note: "x" });
  expect(crd.metadata).toEqual({ name: "widgets.example.com", annotations: { note: "x" } });
  expect(crd.spec.names).toEqual({
    kind: "Widget",
    listKind: "WidgetList",
    plural: "widgets",
    singular: "widget",
    shortNames: ["wi"],
    categories: ["all-widgets"],
  });
  expect(crd.spec.scope).toBe("Cluster");
  const [first, second] = crd.spec.versions;
  expect(first).toMatchObject({ name: "v1", served: false, storage: false, subresources: { status: {} } });
  expect(first?.additionalPrinterColumns?.map(({ jsonPath }) => jsonPath)).toEqual([
    ".spec.mode",
    '.status.conditions[?(@.type=="Ready")].status',
    ".metadata.creationTimestamp",
  ]);
  expect(second).toMatchObject({
    name: "v1beta1",
    served: true,
    storage: true,
    deprecated: true,
    deprecationWarning: "old",
  });
  expect(second).not.toHaveProperty("additionalPrinterColumns");
  const schema = first?.schema.openAPIV3Schema;
  expect(schema).toMatchObject({ type: "object", required: ["spec"], description: "Does what widgets do." });
  expect(schema?.properties?.metadata).toEqual({ type: "object" });
  expect(schema?.properties?.spec?.properties?.rules?.items).toEqual({
    type: "object",
    description: "What is done.",
    required: ["name", "mode"],
    properties: {
      name: { type: "string", minLength: 1, maxLength: 63, description: "Name of the rule." },
      mode: { type: "string", enum: ["Exact", "Prefix"], default: "Exact", description: "How names are compared." },
      ports: {
        type: "array",
        minItems: 1,
        items: { anyOf: [{ type: "integer" }, { type: "string" }], "x-kubernetes-int-or-string": true },
        description: "Ports.",
      },
      labels: { type: "object", additionalProperties: { type: "string" }, description: "Labels." },
    },
    "x-kubernetes-validations": [{ rule: "self.mode == 'Exact' || has(self.ports)", message: "Prefix needs ports" }],
  });
});

test("a reference has a row for each field, with its type in words", () => {
  expect(
    toReference(Widget).map(({ path, type, isRequired, limits }) => [path, type, isRequired, limits.join("; ")]),
  ).toEqual([
    ["spec", "object", true, ""],
    ["spec.rules", "array<WidgetRule>", true, "at most 4 items"],
    ["spec.rules[].name", "Name", true, "at least 1 character; at most 63 characters"],
    ["spec.rules[].mode", "string", true, ""],
    ["spec.rules[].ports", "array<int-or-string>", false, "at least 1 item"],
    ["spec.rules[].labels", "map<string,string>", false, ""],
    ["status", "object", false, ""],
    ["status.seen", "integer", false, ""],
  ]);
  expect(toReference(Widget)[3]).toMatchObject({
    default: "Exact",
    enum: ["Exact", "Prefix"],
    text: "How names are compared.",
  });
});

test("interfaces carry texts and defaults, and are the same each time", () => {
  expect(toInterfaces([Widget])).toBe(`// Generated from the schemas in src/; do not edit.

import type { ObjectMeta } from "../schema/metadata.ts";

/** A name. */
export type Name = string;

/** Does what widgets do. */
export interface Widget {
  readonly apiVersion: string;
  readonly kind: "Widget";
  readonly metadata: ObjectMeta;
  /** What is wanted. */
  readonly spec: {
    /** Rules in order. */
    readonly rules: readonly WidgetRule[];
  };
  /** What was seen. */
  readonly status?: {
    readonly seen?: number;
  };
}

/** What is done. */
export interface WidgetRule {
  /** Name of the rule. */
  readonly name: Name;
  /**
   * How names are compared.
   *
   * Default: \`"Exact"\`.
   */
  readonly mode: "Exact" | "Prefix";
  /** Ports. */
  readonly ports?: readonly (number | string)[];
  /** Labels. */
  readonly labels?: { readonly [key: string]: string };
}

`);
});

test("two objects cannot have one name, but an alias gives way to a kind", () => {
  const other = (spec: Parameters<typeof required>[0]) =>
    kind("Other", { group: "g", versions: ["v1"], spec, doc: "Other." });
  const clash = other(
    object({ a: optional(Rule), b: optional(named("WidgetRule", object({ x: required(string()) }))) }),
  );
  expect(() => toInterfaces([clash])).toThrow(NameConflictError);
  expect(toInterfaces([other(object({ a: required(named("Other", string())) }))])).toContain("readonly a: string;");
});

test("the schema for editors closes objects, and does not ask for fields with defaults", () => {
  const schema = toJSONSchema(Widget);
  expect(schema).toMatchObject({
    title: "Widget",
    additionalProperties: false,
    required: ["apiVersion", "kind", "metadata", "spec"],
    properties: {
      apiVersion: { enum: ["example.com/v1", "example.com/v1beta1", "example.com/v1alpha1"] },
      kind: { const: "Widget" },
      spec: {
        properties: {
          rules: {
            items: {
              additionalProperties: false,
              required: ["name"],
              properties: {
                ports: { items: { type: ["integer", "string"] } },
                labels: { additionalProperties: { type: "string" } },
              },
            },
          },
        },
      },
    },
  });
  expect(JSON.stringify(schema)).not.toContain("x-kubernetes");
  const status = (schema.properties as Record<string, object>).status;
  expect(status).not.toHaveProperty("additionalProperties");
});
