import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { registry } from "../../src/features/kinds.ts";
import { fleetResources, nodeResource } from "../../src/infra/kubernetes/resources.ts";
import { tokenReviews } from "../../src/infra/kubernetes/token-authorizer.ts";
import { root } from "../lint/check.ts";

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

const rules = parse(readFileSync(join(root, "charts/gateway-helm/files/rbac.yaml"), "utf8")) as Record<
  string,
  readonly Rule[]
>;

/** `group/resource verb`, sorted. */
function permissions(...parts: readonly string[]): string[] {
  const all = parts.flatMap((part) =>
    (rules[part] ?? []).flatMap(({ apiGroups, resources, verbs }) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) => verbs.map((verb) => `${group}/${resource} ${verb}`)),
      ),
    ),
  );
  return [...new Set(all)].sort();
}

const reading = ["get", "list", "watch"];
const followed = registry.kinds.filter(({ ignored }) => !ignored);
const perform = (resource: string, verbs: readonly string[]): string[] => verbs.map((verb) => `${resource} ${verb}`);

/** Kinds of the two API groups in whose statuses a gateway writes; ReferenceGrants have none, nor HTTPRouteFilters of ours. */
const statusKinds = followed.filter(
  ({ group, kind }) =>
    group.startsWith("gateway.") && !["ReferenceGrant", "HTTPRouteFilter", "GatewayClass"].includes(kind),
);

test("what is read and whose statuses are written is every kind of the registry and no other", () => {
  const expected = followed
    .filter(({ scope }) => scope === "Namespaced")
    .flatMap(({ group, plural }) => perform(`${group}/${plural}`, reading));
  const statuses = statusKinds.flatMap(({ group, plural }) => perform(`${group}/${plural}/status`, ["patch"]));
  expect(permissions("watched")).toEqual([...expected, ...statuses].sort());
});

test("of kinds without namespaces, only GatewayClasses are written", () => {
  const cluster = followed.filter(({ scope }) => scope === "Cluster");
  expect(permissions("cluster")).toEqual(
    [
      ...cluster.flatMap(({ group, plural }) => perform(`${group}/${plural}`, reading)),
      ...perform(`${nodeResource.group}/${nodeResource.plural}`, reading),
      ...perform("apiextensions.k8s.io/customresourcedefinitions", ["list", "watch"]),
      ...perform("gateway.networking.k8s.io/gatewayclasses", ["patch"]),
      ...perform("gateway.networking.k8s.io/gatewayclasses/status", ["patch"]),
    ].sort(),
  );
});

test("objects that run Envoys are made, changed and deleted, and nothing else is", () => {
  const verbs = [...reading, "create", "patch", "delete"];
  const expected = Object.values(fleetResources).flatMap(({ group, plural }) => perform(`${group}/${plural}`, verbs));
  expect(permissions("infrastructure")).toEqual(expected.sort());
});

test("where Envoys run elsewhere, Services are all that is written beside Gateways", () => {
  expect(permissions("aliases")).toEqual(perform("/services", ["create", "delete", "patch"]));
});

test("beside Gateways, tokens are reviewed", () => {
  expect(permissions("tokens")).toEqual(perform(`${tokenReviews.group}/${tokenReviews.plural}`, ["create"]));
});
