/** The rules of all custom kinds, with the pairs of objects in `testdata` that show what they accept and what they refuse. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { registry } from "../../src/features/kinds.ts";
import { apiVersionOf } from "../../src/schema/admit.ts";
import type { KindSchema } from "../../src/schema/kind.ts";
import type { Json } from "../../src/schema/structural.ts";
import { type RulePlace, rulePlaces } from "../../src/schema/testing/rule-pairs.ts";

/** One rule's entry in `testdata/<Kind>.yaml`. Objects are without what all of their kind have. */
export interface RuleEntry {
  readonly path: string;
  readonly rule: string;
  readonly accepted: Json;
  readonly refused: Json;
  /** Why `accepted` is refused all the same, by another rule: no object could show this rule alone. */
  readonly besides?: string;
  /** Why `refused` is refused by something that comes before the rule: no object could break it. */
  readonly instead?: string;
  /** True: `refused` is what `accepted` must not become. */
  readonly isUpdate?: boolean;
}

/** The kinds that are custom resources. */
export const ruledKinds: readonly KindSchema[] = registry.kinds.filter(
  ({ group, ignored }) => ignored !== true && /gateway\.(networking|envoyproxy)/.test(group),
);

export function fileOf({ kind }: KindSchema): string {
  return join(import.meta.dirname, "testdata", `${kind}.yaml`);
}

const entries = new Map<string, readonly RuleEntry[]>();

export function entriesOf(kind: KindSchema): readonly RuleEntry[] {
  const file = fileOf(kind);
  const known = entries.get(file);
  if (known) return known;
  const read = existsSync(file) ? ((parse(readFileSync(file, "utf8")) ?? []) as readonly RuleEntry[]) : [];
  entries.set(file, read);
  return read;
}

/** A rule of a kind with its entry, if it has one. */
export interface ShownRule {
  readonly place: RulePlace;
  readonly entry: RuleEntry | undefined;
}

export function shownRules(kind: KindSchema): readonly ShownRule[] {
  const byRule = new Map(entriesOf(kind).map((entry) => [`${entry.path} ${entry.rule}`, entry]));
  return rulePlaces(kind.schema).map((place) => ({ place, entry: byRule.get(`${place.path} ${place.rule.rule}`) }));
}

/** What all objects of a kind have here. */
export function headerOf(kind: KindSchema): Readonly<Record<string, Json>> {
  const metadata = { name: "one", ...(kind.scope === "Namespaced" && { namespace: "default" }) };
  return { apiVersion: apiVersionOf(kind), kind: kind.kind, metadata };
}

/** One of the two objects of an entry, whole. */
export function objectOf(kind: KindSchema, entry: RuleEntry, side: "accepted" | "refused"): Record<string, Json> {
  return { ...headerOf(kind), ...(entry[side] as Record<string, Json>) };
}
