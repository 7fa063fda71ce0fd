import fc from "fast-check";
import { expect, test, vi } from "vitest";
import type { AnyObject } from "../../kube/client.ts";
import type { FleetSpec } from "../fleet.ts";
import { desiredObjects } from "./desired.ts";
import { fleetLabels, gatewayNameKey, labelledOwnership, markKey, ownerLabels, ownershipOf } from "./ownership.ts";
import { fleetResources } from "./resources.ts";
import { scopeOf } from "./scope.ts";
import type { KubernetesInfraSettings } from "./settings.ts";
import { defaults, fleet, namespace, statusOf, testCluster } from "./test-cluster.ts";

type Labels = Record<string, string>;

const keys = [...Object.keys(fleetLabels), ...Object.values(ownerLabels), gatewayNameKey, markKey, "team"];
const anyLabels: fc.Arbitrary<Labels> = fc.dictionary(
  fc.constantFrom(...keys),
  fc.constantFrom("victim", "web", "merged", "envoy", "eg", "shop"),
);
const anyDeploy = fc.constantFrom("ControllerNamespace", "GatewayNamespace");
const mergedOwner = { gatewayClass: { name: "merged", uid: "class" }, gateway: undefined };

/** A fleet whose users set labels wherever they can. */
function labelled(key: string, [ofGateway, ofService, ofPods, ofPatch]: readonly Labels[]): FleetSpec {
  const patch = { value: { metadata: { labels: ofPatch }, spec: { template: { metadata: { labels: ofPatch } } } } };
  const kubernetes = {
    envoyService: { labels: ofService, patch: { value: { metadata: { labels: ofPatch } } } },
    envoyDeployment: { pod: { labels: ofPods }, patch },
  };
  const envoyProxy = { provider: { type: "Kubernetes", kubernetes } } as unknown as NonNullable<
    FleetSpec["envoyProxy"]
  >;
  const owner = { labels: ofGateway ?? {}, ...(key.includes("/") ? {} : mergedOwner) };
  return fleet(key, { envoyProxy }, owner as never);
}

const anyFour = fc.tuple(anyLabels, anyLabels, anyLabels, anyLabels);

test.each(["shop/eg", "merged"])("whatever labels users set, all objects of fleet %s are its own", async (key) => {
  await fc.assert(
    fc.asyncProperty(anyFour, anyDeploy, async (labels, deploy) => {
      const settings = { ...defaults, deploy } as KubernetesInfraSettings;
      const scope = scopeOf(labelled(key, labels), settings);
      const { objects, problems } = await desiredObjects(scope);
      expect(problems).toEqual([]);
      for (const { object } of objects) expect(ownershipOf(object.metadata, settings)).toBe(key);
    }),
    { numRuns: 50 },
  );
});

test("whatever labels users set, a Service leads to no pods of another fleet", async () => {
  await fc.assert(
    fc.asyncProperty(anyFour, anyFour, async (some, others) => {
      const [one, other] = await Promise.all(
        [labelled("shop/eg", some), labelled("merged", others)].map(podLabelsAndSelector),
      );
      expect([selects(one, one), selects(other, other)]).toEqual([true, true]);
      expect([selects(one, other), selects(other, one)]).toEqual([false, false]);
    }),
    { numRuns: 50 },
  );
});

interface Selecting {
  readonly pods: Labels;
  readonly selector: Labels;
}

async function podLabelsAndSelector(spec: FleetSpec): Promise<Selecting> {
  const { objects } = await desiredObjects(scopeOf(spec, defaults));
  const specOf = (wanted: string): unknown => objects.find(({ kind }) => kind === wanted)?.object["spec"];
  const { template } = specOf("Deployment") as { readonly template: AnyObject };
  const { selector } = specOf("Service") as { readonly selector: Labels };
  return { pods: template.metadata.labels ?? {}, selector };
}

function selects(service: Selecting | undefined, fleetOf: Selecting | undefined): boolean {
  return Object.entries(service?.selector ?? {}).every(([key, value]) => fleetOf?.pods[key] === value);
}

const cluster = testCluster();

test("labels that pass a merged fleet off as another Gateway's delete nothing, and are told", async () => {
  const infra = await cluster.start();
  const foreign = { [ownerLabels.gatewayName]: "web", [ownerLabels.gatewayNamespace]: "victim", team: "a" };
  infra.reconcile([fleet("victim/web"), labelled("merged", [{}])]);
  await infra.settled();
  infra.upsert(labelled("merged", [foreign]));
  await infra.settled();
  const deployment = fleetResources.Deployment;
  const made = `${namespace}/${fleet("merged").name}`;
  await vi.waitFor(() => expect(cluster.api.get(deployment, made)?.metadata.labels).toMatchObject({ team: "a" }));
  await infra.settled();
  expect(cluster.writes().filter((write) => write.startsWith("DELETE"))).toEqual([]);
  expect(labelledOwnership(cluster.api.get(deployment, made)?.metadata ?? {})).toBe("merged");
  expect(statusOf(infra, "merged")).toMatchObject({
    state: "starting",
    problems: [
      {
        severity: "warning",
        code: "label-reserved",
        field: "spec.infrastructure.labels",
        message: expect.stringContaining(ownerLabels.gatewayName),
      },
    ],
  });
});
