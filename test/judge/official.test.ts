/** Our CRDs against the official ones: names, versions, columns, fields, types, limits, defaults and rules. */
import { describe, expect, test } from "vitest";
import { registry } from "../../src/features/kinds.ts";
import { toCRD } from "../../src/schema/crd.ts";
import { whyNoJudge } from "./judge.ts";
import { differences, officialCRDs } from "./official.ts";

const reason = whyNoJudge();
const official = reason === undefined ? officialCRDs() : new Map();

describe.skipIf(reason !== undefined)("the official CRD is the same", () => {
  const known = registry.kinds.filter((kind) => official.has(`${kind.group}/${kind.kind}`));

  test("there are kinds to compare", () => {
    expect(known.length).toBeGreaterThan(8);
  });

  test.each(known.map((kind): [string, typeof kind] => [kind.kind, kind]))("%s", (_name, kind) => {
    const theirs = official.get(`${kind.group}/${kind.kind}`);
    expect(theirs && differences(toCRD(kind), theirs)).toEqual([]);
  });
});
