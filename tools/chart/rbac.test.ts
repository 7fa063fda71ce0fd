import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { registry } from "../../src/features/kinds.ts";
import { fleetResources, nodeResource } from "../../src/infra/kubernetes/resources.ts";
import { tokenReviews } from "../../src/infra/kubernetes/token-authorizer.ts";
import { KubeClient } from "../../src/kube/client.ts";
import { LeaderElection } from "../../src/kube/leader-election.ts";
import { TestApiServer, type TestResource } from "../../src/kube/testing/api-server.ts";
import { ensureCertificateSecrets } from "../../src/server/kubernetes/certificate-secrets.ts";
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

/** What `call` needs: `group/resource verb` of each request for one kind. */
async function needed(resource: TestResource, call: (client: KubeClient) => Promise<void>): Promise<string[]> {
  const server = new TestApiServer([resource]);
  await server.listen();
  const client = new KubeClient(server.config);
  await call(client);
  client.close();
  await server.close();
  const verbs: Readonly<Record<string, string>> = { GET: "get", POST: "create", PUT: "update" };
  const calls = server.received.map(({ method }) => verbs[method] ?? method);
  return perform(`${resource.group}/${resource.plural}`, [...new Set(calls)]).sort();
}

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

test("in its own namespace the control plane writes nothing but the lease", async () => {
  const leases: TestResource = {
    group: "coordination.k8s.io",
    version: "v1",
    plural: "leases",
    kind: "Lease",
    isNamespaced: true,
  };
  const led = await needed(leases, async (client) => {
    const leads = Promise.withResolvers<void>();
    const election = new LeaderElection({
      client,
      namespace: "system",
      name: "leader",
      identity: "one",
      leaseDurationMs: 1_000,
      renewDeadlineMs: 500,
      retryPeriodMs: 20,
      onLead: () => leads.resolve(),
      onFollow: () => undefined,
    });
    election.start();
    await leads.promise;
    await election.stop();
  });
  expect(permissions("own")).toEqual(led);
});

test("certgen makes and replaces Secrets, and may do nothing else", async () => {
  const secrets: TestResource = { group: "", version: "v1", plural: "secrets", kind: "Secret", isNamespaced: true };
  const made = await needed(secrets, async (client) => {
    const options = { client, namespace: "system", clusterDomain: "cluster.local", now: new Date() };
    await ensureCertificateSecrets(options);
    await ensureCertificateSecrets({ ...options, overwrite: true });
  });
  expect(permissions("certgen")).toEqual(made);
});

test("every part of the file is granted by a template", () => {
  const templates = ["rbac.yaml", "certgen.yaml"].map((file) =>
    readFileSync(join(root, "charts/gateway-helm/templates", file), "utf8"),
  );
  const named = Object.keys(rules).filter((part) => templates.some((text) => text.includes(`"${part}"`)));
  expect(named).toEqual(Object.keys(rules));
});
