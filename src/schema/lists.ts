/** Uniqueness of list items: whole items of a `set`, keys of a `map`. */
import { type IssueSink, reportAt, show } from "./issue.ts";
import { type Assertion, isObject } from "./scalars.ts";
import type { Structural } from "./structural.ts";

/** The check that a list's `listType` and `uniqueItems` ask for. Each repeated item is told once, at its second place. */
export function uniqueness(schema: Structural): Assertion | undefined {
  const listType = schema["x-kubernetes-list-type"];
  if (listType === "map") return uniqueKeys(schema["x-kubernetes-list-map-keys"] ?? []);
  if (listType === "set" || schema.uniqueItems === true) return uniqueItems;
  return undefined;
}

function uniqueItems(value: unknown, sink: IssueSink): void {
  if (!Array.isArray(value) || value.length < 2) return;
  reportRepeated(value.map(identity), sink, (i) => `must not be listed twice, but ${show(value[i])} is`);
}

function uniqueKeys(keys: readonly string[]): Assertion {
  const [only = ""] = keys;
  const words = keys.join(", ");
  return (value, sink) => {
    if (!Array.isArray(value) || value.length < 2) return;
    const identities = value.map((item) => {
      if (!isObject(item)) return keys.length === 1 ? undefined : "{}";
      return keys.length === 1 ? identity(item[only]) : identity(keys.map((key) => [key, item[key]]));
    });
    reportRepeated(identities, sink, (i) => {
      const item: unknown = value[i];
      return `must differ from other items in ${words}, but ${show(isObject(item) ? keys.map((key) => item[key]) : item)} is there twice`;
    });
  };
}

function reportRepeated(identities: readonly unknown[], sink: IssueSink, message: (index: number) => string): void {
  const seen = new Set<unknown>();
  let told: Set<unknown> | undefined;
  for (const [i, item] of identities.entries()) {
    if (!seen.has(item)) seen.add(item);
    else if (!told?.has(item)) {
      told ??= new Set();
      told.add(item);
      reportAt(sink, i, "Duplicate", message(i));
    }
  }
}

/** A value that is the same for equal items: the scalar itself, or the JSON of a compound with its keys in order. */
function identity(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  return JSON.stringify(value, (_, part: unknown) =>
    isObject(part) ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1))) : part,
  );
}
