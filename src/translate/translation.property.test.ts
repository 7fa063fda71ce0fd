import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { registry } from "../features/kinds.ts";
import { createAuthority, type KeyPair } from "../xds/testing/certificates.ts";
import { defaultTranslationOptions } from "./options.ts";
import { Follower, type Outcome } from "./testing/outcome.ts";
import { anyWrite, beginning, type Write } from "./testing/random-objects.ts";
import { Translation } from "./translation.ts";

let certificates: readonly KeyPair[] = [];
beforeAll(async () => {
  const authority = await createAuthority();
  certificates = await Promise.all(["x.test", "y.test"].map((name) => authority.issue(name)));
});

function newTranslation(): Translation {
  const options = {
    ...defaultTranslationOptions,
    extensionApis: { ...defaultTranslationOptions.extensionApis, enableBackend: true },
  };
  return new Translation(
    options,
    registry.kinds.map(({ kind }) => kind),
  );
}

/** A step: some writes that take effect together. */
const steps = () =>
  fc.array(fc.array(anyWrite(certificates), { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 14 });

/** The objects that are there after all writes. */
function endState(writes: readonly Write[]): Write[] {
  const last = new Map<string, Write>();
  for (const write of writes) {
    const id = `${write.kind} ${write.key}`;
    if (write.object) last.set(id, write);
    else last.delete(id);
  }
  return [...last.values()];
}

function fresh(objects: readonly Write[]): Outcome {
  const translation = newTranslation();
  const follower = new Follower(translation);
  for (const { kind, key, object } of objects) translation.write(kind, key, object);
  follower.commit();
  return follower.told();
}

test("any sequence of changes gives what a fresh start from the end state gives, byte for byte", {
  timeout: 120_000,
}, () => {
  let served = 0;
  fc.assert(
    fc.property(steps(), (changes) => {
      const translation = newTranslation();
      const follower = new Follower(translation);
      for (const step of [beginning, ...changes]) {
        for (const { kind, key, object } of step) translation.write(kind, key, object);
        follower.commit();
      }
      const expected = fresh(endState([...beginning, ...changes.flat()]));
      const told = follower.told();
      expect(told).toEqual(expected);
      expect(follower.shown()).toEqual({ fleets: expected.fleets, statuses: expected.statuses });
      if (Object.keys(told.resources).some((name) => name.includes(" virtualHost "))) served++;
    }),
    { numRuns: 300 },
  );
  // About a third of the worlds serve something; were it only a few, the test would say little.
  expect(served).toBeGreaterThan(50);
});

test("the order in which objects come makes no difference", { timeout: 120_000 }, () => {
  fc.assert(
    fc.property(
      fc.array(anyWrite(certificates), { maxLength: 30 }).chain((writes) => {
        const objects = endState([...beginning, ...writes]);
        return fc.tuple(fc.constant(objects), fc.shuffledSubarray(objects, { minLength: objects.length }));
      }),
      ([objects, permuted]) => {
        expect(fresh(permuted)).toEqual(fresh(objects));
      },
    ),
    { numRuns: 150 },
  );
});

test("a commit without changes tells nothing, nor does one that puts the same objects again", () => {
  fc.assert(
    fc.property(fc.array(anyWrite(certificates), { maxLength: 20 }), (writes) => {
      const objects = endState([...beginning, ...writes]);
      const translation = newTranslation();
      for (const { kind, key, object } of objects) translation.write(kind, key, object);
      translation.commit();
      for (const { kind, key, object } of objects) translation.write(kind, key, structuredClone(object));
      const { xds, statuses, fleets } = translation.commit();
      expect({ xds: [...xds], statuses, fleets }).toEqual({ xds: [], statuses: [], fleets: [] });
    }),
    { numRuns: 50 },
  );
});
