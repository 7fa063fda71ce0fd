/**
 * Looks for the pairs that are missing in `testdata`, adds those that it finds, drops those whose rule is gone, and says which it
 * could not find. Pairs that are there stay as they are. `node test/rules/write-pairs.ts [kind…]`
 */
import { writeFileSync } from "node:fs";
import { rulePair } from "../../src/schema/testing/rule-pairs.ts";
import { fileOf, headerOf, type RuleEntry, ruledKinds, type ShownRule, shownRules } from "./pairs.ts";

const wanted = process.argv.slice(2);

for (const kind of ruledKinds.filter((one) => wanted.length === 0 || wanted.includes(one.kind))) {
  const header = headerOf(kind);
  const find = ({ place }: ShownRule): RuleEntry | undefined => {
    const pair = rulePair(place, header);
    if (!pair) process.stdout.write(`${kind.kind} ${place.path}: no pair found for ${place.rule.rule}\n`);
    const body = (object: object): RuleEntry["accepted"] =>
      Object.fromEntries(Object.entries(object).filter(([field]) => !(field in header)));
    return (
      pair && {
        path: place.path,
        rule: place.rule.rule,
        accepted: body(pair.accepted as object),
        refused: body(pair.refused as object),
      }
    );
  };
  const entries = shownRules(kind).flatMap((shown) => shown.entry ?? find(shown) ?? []);
  if (entries.length > 0) writeFileSync(fileOf(kind), entries.map(textOf).join(""));
}

/** JSON is YAML; one line for each object keeps the files readable. */
function textOf(entry: RuleEntry): string {
  const lines = Object.entries(entry).map(([field, value]) => `  ${field}: ${JSON.stringify(value)}\n`);
  return lines.join("").replace(/^ /, "-");
}
