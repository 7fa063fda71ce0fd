/**
 * What clients and users notice when Helm upgrades the control plane of a real cluster, goes back, removes it and installs it again.
 * Needs root, Linux and Go. TEST_CLUSTER is the number of a local cluster to use; one that is there stays. GATEWAY_IMAGE is an image
 * that its node has; without it a new one is made.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { Load } from "../../bench/http/load.ts";
import { probe } from "../../bench/http/probe.ts";
import { LocalCluster } from "../../bench/kube/cluster.ts";
import { GatewayInCluster } from "../../bench/kube/gateway.ts";
import { controllerName, install } from "../../bench/kube/install.ts";
import { gatewayName, namespace, resources, routeObject, systemNamespace } from "../../bench/kube/objects.ts";
import { rolledOut } from "../../bench/kube/rollout.ts";
import { certificateNames } from "../../src/certificates/layout.ts";
import type { AnyObject } from "../../src/kube/client.ts";
import { leases } from "../../src/kube/leader-election.ts";
import type { KubeResource } from "../../src/kube/resource.ts";
import { leaseName } from "../../src/server/kubernetes/kubernetes-platform.ts";
import { helmRunning } from "../../tools/chart/helm.ts";
import { definitions, until } from "./harness/api-server.ts";
import { freeNumber } from "./harness/guide.ts";
import { expectNothingNoticed } from "./harness/nothing-noticed.ts";
import { kinds } from "./harness/objects.ts";

/** Requests a second. */
const rate = 100;
/** What comes late because of something that was done has come after this time. */
const settleMs = 2_000;
const metricsPort = 19001;
const hostOf = (name: string): string => `${name}.upgrade.test`;

let cluster: LocalCluster;
let gateway: GatewayInCluster;
let image: string;
let load: Load | undefined;

beforeAll(async () => {
  cluster = await LocalCluster.open(await freeNumber());
  image = await install(cluster, { image: process.env["GATEWAY_IMAGE"] });
  gateway = await GatewayInCluster.start(cluster, 3);
  await makeRoute("one", 0);
  await makeRoute("two", 1);
  await served("one", "b0");
  await served("two", "b1");
});
afterAll(async () => {
  await gateway?.remove();
  await cluster?.close();
});

beforeEach(() => {
  const targets = [
    { host: hostOf("one"), path: "/", bodies: ["b0"] },
    { host: hostOf("two"), path: "/", bodies: ["b1"] },
  ] as const;
  load = new Load({ ...gateway.at, targets, rate, connections: 10 });
});
afterEach(async () => {
  await load?.stop();
  load = undefined;
});

async function makeRoute(name: string, backend: number): Promise<void> {
  await cluster.client.create(resources.route, routeObject(name, hostOf(name), backend));
}

async function served(name: string, body: string): Promise<void> {
  await until(async () => (await probe(gateway.at, hostOf(name), "/", 1_000)).body === body);
}

async function newRouteIsServed(name: string): Promise<void> {
  await makeRoute(name, 2);
  await served(name, "b2");
}

/** What neither an upgrade nor an uninstallation may touch: each object's unique id, the Secrets' contents, Envoys' processes. */
async function lasting(): Promise<unknown> {
  const { client } = cluster;
  const idsOf = async (resource: KubeResource): Promise<[string, string | undefined][]> => {
    const { items } = await client.listAll(resource);
    return items.map(({ metadata }) => [metadata.name, metadata.uid]);
  };
  const secretOf = async (name: string): Promise<unknown> => {
    const { metadata, data } = await client.get<AnyObject & { data: object }>(kinds.secret, {
      namespace: systemNamespace,
      name,
    });
    return [metadata.uid, data];
  };
  const custom = (await idsOf(definitions)).filter(([name]) => /gateway\.(networking|envoyproxy)/.test(name));
  expect(custom.map(([name]) => name)).toContain("envoyproxies.gateway.envoyproxy.io");
  const [route] = (await idsOf(resources.route)).filter(([name]) => name === "one");
  const { metadata: envoys } = await client.get(resources.deployment, {
    namespace: systemNamespace,
    name: gateway.deployment,
  });
  return {
    definitions: custom,
    gateways: await idsOf(resources.gateway),
    classes: await idsOf(resources.gatewayClass),
    route,
    secrets: await Promise.all([...certificateNames, "envoy-oidc-hmac"].map(secretOf)),
    envoys: [envoys.uid, ...cluster.processesOf("envoy").sort()],
  };
}

/** Waits until the control plane has so many pods, one of which says that it leads, and holds the Lease. */
async function oneLeadsOf(count: number): Promise<void> {
  await rolledOut(cluster.client, controllerName);
  const labelSelector = "control-plane=envoy-gateway";
  const { items } = await cluster.client.list(resources.pod, { namespace: systemNamespace, labelSelector });
  const pods = items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  expect(pods).toHaveLength(count);
  await until(async () => {
    const leading: string[] = [];
    for (const pod of pods) if (await saysThatItLeads(pod)) leading.push(pod.metadata.name);
    const { spec } = await cluster.client.get<{ spec: { holderIdentity?: string } }>(leases, {
      namespace: systemNamespace,
      name: leaseName,
    });
    return leading.join() === spec.holderIdentity?.split("_")[0];
  });
}

async function saysThatItLeads(pod: AnyObject): Promise<boolean> {
  const { podIP = "" } = pod["status"] as { podIP?: string };
  const text = await (await fetch(`http://${podIP}:${metricsPort}/metrics`)).text();
  return /^leader_election_master_status\{.*\} 1$/m.test(text);
}

/** The load ran meanwhile, and each of its requests got the right answer. */
async function expectLoadUnharmed(): Promise<void> {
  await sleep(settleMs);
  const result = await load?.stop();
  load = undefined;
  expectNothingNoticed(result, rate);
}

test("an upgrade to other values, and the way back, touch nothing that users have and fail no request", async () => {
  const before = await lasting();
  const values = [
    "deployment.replicas=2",
    "deployment.pod.annotations.round=second",
    "config.envoyGateway.logging.level.default=warn",
  ];
  await install(cluster, { image, helmArguments: values.flatMap((value) => ["--set", value]) });
  await oneLeadsOf(2);
  await newRouteIsServed("after-upgrade");
  expect(await lasting()).toEqual(before);

  const place = ["--namespace", systemNamespace, "--kubeconfig", cluster.kubeconfig];
  await helmRunning(["rollback", "eg", ...place, "--wait", "--timeout", "4m"], new AbortController().signal);
  await oneLeadsOf(1);
  await newRouteIsServed("after-rollback");
  expect(await lasting()).toEqual(before);
  await expectLoadUnharmed();
});

test("an uninstallation leaves what users have, and Envoys that answer; installed again, it serves what was made meanwhile", async () => {
  const before = await lasting();
  await cluster.run("tools/chart/chart.ts", ["undeploy"]);
  await until(() => cluster.processesOf("controller").length === 0);
  await makeRoute("made-meanwhile", 2);
  expect(await lasting()).toEqual(before);
  const { status } = await cluster.client.get(resources.gateway, { namespace, name: gatewayName });
  expect(status).toMatchObject({ addresses: [{ value: gateway.at.address }] });
  expect(await probe(gateway.at, hostOf("made-meanwhile"))).toMatchObject({ status: 404 });
  await served("after-rollback", "b2");

  await install(cluster, { image });
  await served("made-meanwhile", "b2");
  await oneLeadsOf(1);
  expect(await lasting()).toEqual(before);
  await expectLoadUnharmed();
});
