import { createRegistry, type Registry } from "../../../api/registry.ts";
import { admit } from "../../../schema/admit.ts";
import { integer, object, optional, required, string } from "../../../schema/builder.ts";
import { kind } from "../../../schema/kind.ts";
import { rule } from "../../../schema/rules.ts";
import type { InterpretOptions } from "../interpret.ts";

const group = "example.test";

/** A namespaced kind with a required field, a default and a rule. */
const Widget = kind("Widget", {
  group,
  versions: ["v1"],
  spec: object(
    {
      size: required(integer(), "How large it is."),
      colour: optional(string({ maxLength: 10 }), "How it looks."),
      note: optional(string(), "Anything."),
    },
    rule("self.size >= 0", "a size is not negative"),
  ),
  doc: "Something to be made.",
});

/** A kind of the whole cluster, with nothing in it. */
const Place = kind("Place", {
  group,
  versions: ["v1"],
  scope: "Cluster",
  spec: optional(object({}), "Nothing."),
  doc: "Somewhere.",
});

/** A kind that is left out. */
const Gadget = { ...kind("Gadget", { group, versions: ["v1"], doc: "Not ours." }), ignored: true };

/** A kind that is kept in another form than it is written in. */
const Label = {
  ...kind("Label", {
    group,
    versions: ["v1"],
    fields: { text: optional(string(), "What it says.") },
    doc: "Says something.",
  }),
  toStored: (label: { readonly text?: string }) => ({ ...label, text: label.text?.toUpperCase() }),
};

/** A few kinds made for tests. */
export const registry: Registry = createRegistry([Widget, Place, Gadget, Label]);

/** What documents in tests are judged by. */
export const judge: InterpretOptions = { registry, admit, defaultNamespace: "home" };

/** A document that defines a widget. */
export function widget(name: string, size: number, more = ""): string {
  return `apiVersion: ${group}/v1\nkind: Widget\nmetadata:\n  name: ${name}\nspec:\n  size: ${size}\n${more}`;
}

/** Documents of one file. */
export function documents(...texts: readonly string[]): string {
  return texts.join("---\n");
}
