/** Our CRDs against the official ones: names, versions, columns, fields, types, limits, defaults and rules. */
import { describe, expect, test } from "vitest";
import { registry } from "../../src/features/kinds.ts";
import { toCRD } from "../../src/schema/crd.ts";
import { whyNoJudge } from "./judge.ts";
import { differences, officialCRDs } from "./official.ts";

const reason = whyNoJudge();
const official = reason === undefined ? officialCRDs() : new Map();

/**
 * Fields whose features are still to come are open objects in our schemas, refused by the translation whatever is in them. A
 * rule of their parent that looks into one comes with its feature; how many those are is written down, so that no other hides here.
 */
const rulesToCome: Readonly<Record<string, { readonly field: string; readonly count: number }>> = {
  SecurityPolicy: { field: "self.authorization", count: 1 },
};

function withoutRules(schema: unknown, field: string): { readonly schema: unknown; readonly dropped: number } {
  let dropped = 0;
  const text = JSON.stringify(schema, (key, value: unknown) => {
    if (key !== "x-kubernetes-validations" || !Array.isArray(value)) return value;
    const kept = value.filter(({ rule }: { readonly rule: string }) => !rule.includes(field));
    dropped += value.length - kept.length;
    return kept;
  });
  return { schema: JSON.parse(text), dropped };
}

describe.skipIf(reason !== undefined)("the official CRD is the same", () => {
  const known = registry.kinds.filter((kind) => official.has(`${kind.group}/${kind.kind}`));

  test("there are kinds to compare", () => {
    expect(known.length).toBeGreaterThan(8);
  });

  test.each(known.map((kind): [string, typeof kind] => [kind.kind, kind]))("%s", (_name, kind) => {
    const theirs = official.get(`${kind.group}/${kind.kind}`);
    const later = rulesToCome[kind.kind];
    const { schema, dropped } = withoutRules(theirs, later?.field ?? "no rule has this");
    expect(dropped).toBe(later?.count ?? 0);
    expect(differences(toCRD(kind), schema as NonNullable<typeof theirs>)).toEqual([]);
  });
});
