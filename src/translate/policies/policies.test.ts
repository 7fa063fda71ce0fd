import fc from "fast-check";
import { expect, test } from "vitest";
import type { KubeObject } from "../../api/object.ts";
import { keyOf } from "../../api/object.ts";
import type { Translation } from "../translation.ts";
import { policy, put, route, type TestTarget, translationWithGateway } from "./testing/objects.ts";

const gateway: TestTarget = { kind: "Gateway", name: "eg" };
const routeTarget = (name: string): TestTarget => ({ kind: "HTTPRoute", name });

function with1000Routes(...policies: readonly KubeObject[]): Translation {
  const translation = translationWithGateway();
  for (let i = 0; i < 1_000; i++) put(translation, route(`r${i}`, "http"));
  put(translation, ...policies);
  translation.commit();
  return translation;
}

/** Runs of functions in a commit after `objects` are written, of the collections asked for. */
function work(translation: Translation, objects: readonly KubeObject[], ...collections: readonly string[]): number[] {
  put(translation, ...objects);
  const { computed } = translation.commit().report;
  return collections.map((name) => computed.get(name) ?? 0);
}

test("a policy on one route makes this route be translated again, and no other", () => {
  const translation = with1000Routes();
  expect(
    work(translation, [policy("p", [routeTarget("r7")])], "httpRoutes", "policyTranslations", "virtualHosts"),
  ).toEqual([1, 1, 1]);
});

test("a change inside a Gateway's policy is a change of the filter alone: no route is translated again", () => {
  const translation = with1000Routes(policy("p", [gateway]));
  const changed = policy("p", [gateway], { issuer: "other" });
  expect(work(translation, [changed], "httpRoutes", "policyTranslations", "extensionParts", "virtualHosts")).toEqual([
    0, 1, 1, 0,
  ]);
});

test("a route under a Gateway's policy comes and goes without a look at other routes or at the policy's status", () => {
  const translation = with1000Routes(policy("p", [gateway]), policy("q", [routeTarget("r1")]));
  const counted = [
    "httpRoutes",
    "policyTranslations",
    "policyAncestorsByClaim",
    "policyOverrides",
    "SecurityPolicyStatuses",
  ];
  expect(work(translation, [route("another", "http")], ...counted)).toEqual([1, 0, 0, 0, 0]);
});

test("a targeted route moves: its policy's status is looked at and no other's; what is not about parents and rules touches none", () => {
  const policies = Array.from({ length: 100 }, (_, i) => policy(`p${i}`, [routeTarget(`r${i}`)]));
  const translation = with1000Routes(...policies, policy("all", [gateway]));
  expect(work(translation, [route("r7", "http", { new: "label" })], "policyAncestorsByClaim")).toEqual([0]);
  expect(work(translation, [route("r7", "other")], "policyAncestorsByClaim", "SecurityPolicyStatuses")).toEqual([1, 1]);
});

test("a policy of a route shows in the status of its Gateway's policy, and only these two statuses are computed", () => {
  const translation = with1000Routes(policy("p", [gateway]));
  expect(
    work(translation, [policy("q", [routeTarget("r1")])], "policyAncestorsByClaim", "SecurityPolicyStatuses"),
  ).toEqual([2, 2]);
  const [, overridden] = translation.statuses.get("SecurityPolicy/default/p")?.body.ancestors?.[0]?.conditions ?? [];
  expect(overridden).toMatchObject({
    type: "Overridden",
    message: expect.stringContaining("these routes: [default/r1]"),
  });
});

const targets = fc.constantFrom<TestTarget>(
  gateway,
  { ...gateway, sectionName: "http" },
  { ...gateway, sectionName: "nowhere" },
  routeTarget("a"),
  { ...routeTarget("a"), sectionName: "main" },
  routeTarget("b"),
  routeTarget("none"),
);
const policies = fc
  .array(fc.record({ target: targets, age: fc.integer({ min: 0, max: 3 }), merges: fc.boolean() }), { maxLength: 8 })
  .map((given) =>
    given.map(({ target, age, merges }, i) => {
      const made = policy(`p${i}`, [target], { age });
      const mayMerge = merges && target.kind === "HTTPRoute";
      return mayMerge ? { ...made, spec: { ...(made.spec as object), mergeType: "StrategicMerge" } } : made;
    }),
  );

/** Everything that can be seen from outside, in an order of its own. */
function state(translation: Translation, seen: Map<string, unknown>): unknown {
  const statuses = [...translation.statuses.entries()].filter(([, { kind }]) => kind === "SecurityPolicy");
  return { statuses, seen: [...seen].filter(([, value]) => value !== undefined).sort(([a], [b]) => (a < b ? -1 : 1)) };
}

function commitInto(seen: Map<string, unknown>, translation: Translation): void {
  for (const { extensionPart = [], virtualHost = [] } of translation.commit().xds.values()) {
    for (const { extension, name, value } of extensionPart) seen.set(`${extension} ${name}`, value);
    for (const { table, name, value } of virtualHost) seen.set(`${table} ${name}`, value);
  }
}

test("whatever the order in which routes and policies come, change and go, what is in force is the same", () => {
  fc.assert(
    fc.property(policies, fc.array(fc.nat()), (given, picks) => {
      const objects = [route("a"), route("b", "http"), ...given];
      const fresh = translationWithGateway();
      const freshSeen = new Map<string, unknown>();
      put(fresh, ...objects);
      commitInto(freshSeen, fresh);
      const grown = translationWithGateway();
      const grownSeen = new Map<string, unknown>();
      for (const pick of picks) {
        const object = objects[pick % objects.length];
        if (object === undefined) continue;
        if (pick % 3 === 0) grown.write(object.kind, keyOf(object), undefined);
        else put(grown, object);
        commitInto(grownSeen, grown);
      }
      for (const object of [...objects].reverse()) {
        put(grown, object);
        commitInto(grownSeen, grown);
      }
      expect(state(grown, grownSeen)).toEqual(state(fresh, freshSeen));
    }),
    { numRuns: 60 },
  );
});
