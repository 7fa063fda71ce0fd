import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { supportedFeatures } from "../../src/translate/gateways/supported-features.ts";
import { levelIn, officialTests, type Profile, profiles, provisionalTests } from "./catalog.ts";
import { clusterOnly, type Evidence, refusals, shownElsewhere, withoutOfficialTest } from "./evidence.ts";

const root = join(import.meta.dirname, "../..");
const names = Object.keys(officialTests);
const read = (file: string): string => readFileSync(join(root, file), "utf8");

/** Official names that begin titles of tests in this folder. */
const titled = new Set(
  globSync("*.test.ts", { cwd: import.meta.dirname })
    .filter((file) => file !== "catalog.test.ts")
    .flatMap((file) => [
      ...read(`test/conformance/${file}`).matchAll(/^\s*(?:test\(\s*|\]\)\(\s*|\[?\s*)"([A-Z]\w+)(?:: |", \d)/gm),
    ])
    .map(([, name = ""]) => name),
);

describe("the catalog", () => {
  test("has the suite's tests, by name and by their part in the profiles", () => {
    const count = (profile: Profile, level: "core" | "extended") =>
      names.filter((name) => levelIn(profile, name) === level).length;
    const all = Object.keys(profiles) as Profile[];
    expect(names).toHaveLength(147);
    expect(all.map((profile) => count(profile, "core"))).toEqual([40, 17, 21, 20, 21]);
    expect(all.map((profile) => count(profile, "extended"))).toEqual([64, 13, 18, 11, 11]);
    expect([...provisionalTests].filter((name) => !names.includes(name))).toEqual([]);
  });

  test("knows every name that a test's title begins with", () => {
    expect([...titled].filter((name) => !names.includes(name))).toEqual([]);
  });
});

describe("evidence", () => {
  const places = [titled, new Set(Object.keys(shownElsewhere)), new Set(Object.keys(refusals))];

  test.each(names)("%s is shown, in one place", (name) => {
    expect(places.filter((place) => place.has(name))).toHaveLength(1);
  });

  test("names tests that exist", () => {
    const all: Evidence[] = [...Object.values(shownElsewhere).flat(), ...Object.values(withoutOfficialTest)];
    const missing = all.filter(([file, title]) => !read(file).includes(JSON.stringify(title)));
    expect(missing).toEqual([]);
  });

  test("is given for official tests only", () => {
    const unknown = [shownElsewhere, refusals, clusterOnly]
      .flatMap(Object.keys)
      .filter((name) => !names.includes(name));
    expect(unknown).toEqual([]);
  });
});

test("the features that GatewayClasses claim are exactly those whose tests are all shown without a cluster", () => {
  const tested = new Set(["Gateway", ...Object.values(officialTests).flat()]);
  const unshown = new Set(Object.keys(clusterOnly).flatMap((name) => officialTests[name] ?? []));
  const shown = [...tested].filter((feature) => !unshown.has(feature));
  expect([...supportedFeatures].sort()).toEqual([...shown, ...Object.keys(withoutOfficialTest)].sort());
  for (const feature of Object.values(refusals)) expect(supportedFeatures).toContain(feature);
});
