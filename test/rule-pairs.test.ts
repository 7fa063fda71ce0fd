/** Every CEL rule of every custom kind has an object that it accepts and one that it refuses (`test/rules`), and judges them so. */
import { describe, expect, test } from "vitest";
import { admit } from "../src/schema/admit.ts";
import { formatPath } from "../src/schema/issue.ts";
import type { KindSchema } from "../src/schema/kind.ts";
import { entriesOf, objectOf, type RuleEntry, ruledKinds, shownRules } from "./rules/pairs.ts";

const cases = ruledKinds.map((kind): [string, KindSchema] => [kind.kind, kind]);

function broken(kind: KindSchema, entry: RuleEntry, side: "accepted" | "refused"): string[] {
  const { issues } = admit(kind, objectOf(kind, entry, side));
  return issues
    .filter(({ severity }) => severity === "error")
    .map(({ path, message }) => `${formatPath(path)}: ${message}`);
}

describe.each(cases)("%s", (_name, kind) => {
  test("every rule has a pair of objects, and every pair its rule", () => {
    const shown = shownRules(kind);
    const without = shown.filter(({ entry }) => entry === undefined);
    expect(without.map(({ place }) => `${place.path} ${place.rule.rule}`)).toEqual([]);
    const used = new Set(shown.map(({ entry }) => `${entry?.path} ${entry?.rule}`));
    expect(entriesOf(kind).filter(({ path, rule }) => !used.has(`${path} ${rule}`))).toEqual([]);
  });

  test("of each pair one is admitted, and the other refused by the rule", () => {
    for (const { place, entry } of shownRules(kind)) {
      // What an object was before nobody knows offline.
      if (!entry || entry.isUpdate) continue;
      const [accepted, refused] = [broken(kind, entry, "accepted"), broken(kind, entry, "refused")];
      const context = `${place.path} ${place.rule.rule}`;
      expect(accepted.length > 0, context).toBe(entry.besides !== undefined);
      expect(refused.length, context).toBeGreaterThan(accepted.length);
      const words = place.rule.message ?? `failed rule: ${place.rule.rule.trim()}`;
      if (place.rule.messageExpression === undefined && entry.instead === undefined) {
        expect(refused, context).toContainEqual(expect.stringContaining(words));
      }
    }
  });
});
