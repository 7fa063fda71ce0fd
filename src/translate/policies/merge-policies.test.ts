import { expect, test } from "vitest";
import type { PolicySpec } from "../../features/policy-kind.ts";
import { securityPolicy } from "../../features/security-policy/security-policy.ts";
import { mergeSpecs } from "../strategic-merge.ts";
import { mergePolicies } from "./merge-policies.ts";

const merge = (base: object, patch: object, strategy: "StrategicMerge" | "JSONMerge") =>
  mergeSpecs(base as PolicySpec, patch as PolicySpec, strategy, { "x.list": "name" });

test("objects are merged field by field, lists replaced, and null removes, whichever the strategy", () => {
  for (const strategy of ["StrategicMerge", "JSONMerge"] as const) {
    expect(merge({ a: { b: 1, c: 2 }, d: [1, 2] }, { a: { c: null, e: 3 }, d: [4] }, strategy)).toEqual({
      a: { b: 1, e: 3 },
      d: [4],
    });
  }
});

test("a strategic merge goes item by item through lists with a key, a JSON merge replaces them", () => {
  const base = {
    x: {
      list: [
        { name: "one", v: 1, w: 1 },
        { name: "two", v: 2 },
      ],
    },
  };
  const patch = {
    x: {
      list: [
        { name: "three", v: 3 },
        { name: "one", v: 9 },
      ],
    },
  };
  expect(merge(base, patch, "StrategicMerge")).toEqual({
    x: {
      list: [
        { name: "one", v: 9, w: 1 },
        { name: "two", v: 2 },
        { name: "three", v: 3 },
      ],
    },
  });
  expect(merge(base, patch, "JSONMerge")).toEqual(patch);
});

test("the result is attached as the route's policy is, and checked like one that was written", () => {
  const policy = (name: string, spec: object) => ({
    apiVersion: "gateway.envoyproxy.io/v1alpha1",
    kind: "SecurityPolicy",
    metadata: { name, namespace: "default" },
    spec: spec as PolicySpec,
  });
  const target = (kind: string) => [{ group: "gateway.networking.k8s.io", kind, name: "x" }];
  const providers = [{ name: "p", remoteJWKS: { uri: "https://keys.test/" } }];
  const parent = policy("parent", { targetRefs: target("Gateway"), jwt: { optional: true, providers } });
  const child = policy("child", {
    mergeType: "JSONMerge",
    targetRefs: target("HTTPRoute"),
    jwt: { failOpen: true, providers },
  });
  const merged = mergePolicies(securityPolicy, child, parent);
  expect(merged.policy.spec?.targetRefs).toEqual(target("HTTPRoute"));
  expect(merged.problems.map(({ field }) => field)).toEqual(["spec.jwt"]);
});
