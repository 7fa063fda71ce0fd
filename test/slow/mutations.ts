/** Ways to spoil a manifest. */
import fc from "fast-check";
import { dump, load } from "js-yaml";

/** A change of a text: where, as a share of its length, and what. */
export type TextMutation =
  | { readonly type: "remove" | "double"; readonly at: number; readonly length: number }
  | { readonly type: "insert"; readonly at: number; readonly text: string };

const place = fc.double({ min: 0, max: 1, noNaN: true });

/** Pieces that mean something in YAML, or nothing anywhere. */
const pieces = fc.constantFrom(
  ...[
    "\n",
    "\n---\n",
    ": ",
    "- ",
    "{",
    "}",
    "[",
    "]",
    "'",
    '"',
    "&a ",
    "*a",
    "!!binary ",
    "<<: ",
    "|",
    ">",
    "\t",
    "\0",
    "\u{1F600}",
  ],
  ...[
    "null",
    "true",
    "1e999",
    "0x10",
    "-1",
    "~",
    "%",
    "\\",
    "\r\n",
    "\u2028",
    "kind: HTTPRoute\n",
    "metadata:\n",
    "spec: {}\n",
  ],
);

export const textMutation: fc.Arbitrary<TextMutation> = fc.oneof(
  fc.record({
    type: fc.constantFrom("remove" as const, "double" as const),
    at: place,
    length: fc.integer({ min: 1, max: 60 }),
  }),
  fc.record({ type: fc.constant("insert" as const), at: place, text: fc.oneof(pieces, fc.string({ maxLength: 5 })) }),
);

/** Applies changes one after the other. */
export function mutateText(text: string, mutations: readonly TextMutation[]): string {
  return mutations.reduce((current, mutation) => {
    const at = Math.floor(mutation.at * current.length);
    if (mutation.type === "insert") return current.slice(0, at) + mutation.text + current.slice(at);
    const piece = current.slice(at, at + mutation.length);
    return (
      current.slice(0, at) + (mutation.type === "double" ? piece + piece : "") + current.slice(at + mutation.length)
    );
  }, text);
}

/** A change of a value somewhere in a document: which of its values, as a share, and what it becomes. */
export interface ValueMutation {
  readonly at: number;
  readonly action: "replace" | "remove" | "repeat";
  readonly value: unknown;
}

/** Values that somebody forgot to think of. */
const strangeValue = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    0,
    -1,
    1.5,
    65536,
    2 ** 31,
    2 ** 53,
    1e300,
    "",
    " ",
    "*",
    "*.",
    ".",
    "/",
    "//",
    "%",
    "%%",
    "a".repeat(300),
  ),
  fc.constantFrom<unknown>(
    "a\nb",
    "\u0000",
    "\u{1F600}",
    "-1s",
    "0s",
    "1h1m1s1ms",
    "99999h",
    "(",
    "[a",
    "(?<n>a)\\1",
    "\\p{L}+",
    ".*.*.*",
    "a{2000}",
  ),
  fc.constantFrom<unknown>(
    "127.0.0.1",
    "::1",
    "xn--bcher-kva.test",
    "A.TEST",
    "a..b",
    "-a.test",
    "%REQ(x)%",
    "__proto__",
    "constructor",
  ),
  fc.constantFrom<unknown>(
    [],
    {},
    [[]],
    [null],
    { "": "" },
    { a: { b: { c: 1 } } },
    Array.from({ length: 100 }, () => "x"),
  ),
  fc.jsonValue({ maxDepth: 2 }),
);

export const valueMutation: fc.Arbitrary<ValueMutation> = fc.record({
  at: place,
  action: fc.constantFrom("replace", "replace", "replace", "remove", "repeat"),
  value: strangeValue,
});

/** Applies changes to the documents of a manifest file; the kinds and names that stand in it are left alone. */
export function mutateValues(yaml: string, mutations: readonly ValueMutation[]): string {
  const documents = yaml.split(/^---$/m).map((text) => load(text));
  for (const { at, action, value } of mutations) {
    const places = documents.flatMap((document) => placesIn(document, []));
    const target = places[Math.min(places.length - 1, Math.floor(at * places.length))];
    if (!target) continue;
    const { parent, key } = target;
    if (action === "replace") parent[key] = value;
    else if (Array.isArray(parent) && action === "repeat")
      parent.splice(Number(key), 0, structuredClone(parent[Number(key)]));
    else if (Array.isArray(parent)) parent.splice(Number(key), 1);
    else delete parent[key];
  }
  return documents.map((document) => dump(document, { noRefs: true })).join("---\n");
}

interface ValuePlace {
  readonly parent: Record<string, unknown>;
  readonly key: string;
}

const identity = new Set(["apiVersion", "kind", "metadata/name", "metadata/namespace"]);

function placesIn(value: unknown, path: readonly string[]): ValuePlace[] {
  if (typeof value !== "object" || value === null) return [];
  const parent = value as Record<string, unknown>;
  return Object.keys(parent).flatMap((key) => {
    const here = [...path, key];
    const inside = placesIn(parent[key], here);
    return identity.has(here.join("/")) ? inside : [{ parent, key }, ...inside];
  });
}
