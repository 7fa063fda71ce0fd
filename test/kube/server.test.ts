import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { ensureCertificates } from "../../src/certificates/ensure.ts";
import { certificateDirectory } from "../../src/certificates/layout.ts";
import type { AnyObject, KubeClient } from "../../src/kube/client.ts";
import { Reflector } from "../../src/kube/reflector.ts";
import type { KubeResource } from "../../src/kube/resource.ts";
import { parseConfig } from "../../src/server/config/load-config.ts";
import { createGatewayServer, type GatewayServer } from "../../src/server/gateway-server.ts";
import { gatewayExistsFinalizer } from "../../src/status/kubernetes/class-finalizers.ts";
import { KubeApiServer } from "./harness/api-server.ts";
import { gateway, gatewayClass, kinds, namespace, route, service, slice } from "./harness/objects.ts";

let api: KubeApiServer;
let admin: KubeClient;
let home: string;
let logged = "";
const running: { stop(): unknown }[] = [];

beforeAll(async () => {
  api = await KubeApiServer.start();
  admin = api.client();
  home = mkdtempSync(join(tmpdir(), "eg-kube-home-"));
  await ensureCertificates({ configHome: home, now: new Date() });
  for (const name of ["envoy-gateway-system"]) await admin.create(kinds.namespace, namespace(name));
  await admin.create(kinds.service, service("web"));
  await admin.create(kinds.slice, slice("web-1", "web", "10.0.0.1"));
}, 600_000);

afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.stop();
  for (const resource of [kinds.route, kinds.gateway, kinds.gatewayClass]) {
    for (const { metadata } of (await admin.listAll(resource)).items) {
      await admin.patch(resource, metadata, "merge", { metadata: { finalizers: null } });
      await admin.delete(resource, metadata).catch(() => undefined);
    }
  }
});

afterAll(async () => {
  await api?.stop();
  rmSync(home, { recursive: true, force: true });
});

async function serve(more = ""): Promise<GatewayServer> {
  const { config } = parseConfig(
    `apiVersion: gateway.envoyproxy.io/v1alpha1
kind: EnvoyGateway
provider: {type: Kubernetes, kubernetes: {leaderElection: {leaseDuration: 3s, renewDeadline: 2s, retryPeriod: 500ms}}}
${more}`,
    "test.yaml",
  );
  const anywhere = { host: "127.0.0.1", port: 0 };
  const server = createGatewayServer({
    config,
    env: { KUBECONFIG: api.kubeconfig() },
    certificates: certificateDirectory(home, "envoy-gateway"),
    ports: { xds: anywhere, admin: anywhere, metrics: anywhere, health: anywhere },
    output: {
      write: (text: string) => {
        logged += text;
      },
    },
  });
  running.push({ stop: () => server.stop({ keepEnvoys: true }) });
  await server.start();
  return server;
}

async function metricsOf(server: GatewayServer): Promise<string> {
  return (await fetch(`http://127.0.0.1:${server.ports.metrics}/metrics`)).text();
}

/** Counts changes of a kind's objects from now on, by name. */
async function countChanges(resource: KubeResource): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  const count = ({ metadata }: AnyObject): void => void counts.set(metadata.name, (counts.get(metadata.name) ?? 0) + 1);
  const sink = { listed: () => undefined, completed: () => undefined, changed: count, deleted: () => undefined };
  const reflector = new Reflector({
    client: admin,
    resource,
    sink,
    onMistake: (mistake) => expect(mistake).toBeUndefined(),
  });
  reflector.start();
  await reflector.synced;
  running.push(reflector);
  return counts;
}

interface Statuses {
  readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  readonly parents?: readonly { readonly controllerName: string; readonly conditions: Statuses["conditions"] }[];
  readonly listeners?: readonly { readonly attachedRoutes: number }[];
}

async function statusOf(resource: KubeResource, name: string, ns?: string): Promise<Statuses> {
  return ((await admin.get(resource, { name, namespace: ns })) as { status?: Statuses }).status ?? {};
}

const conditionOf = ({ conditions }: Statuses, type: string) => conditions?.find((each) => each.type === type)?.status;
const eventually = <T>(check: () => Promise<T> | T) => expect.poll(check, { timeout: 30_000, interval: 50 });

test("classes, Gateways and routes get their statuses, and a class keeps a finalizer while Gateways use it", async () => {
  await serve();
  await admin.create(kinds.gatewayClass, gatewayClass());
  await eventually(async () => conditionOf(await statusOf(kinds.gatewayClass, "eg"), "Accepted")).toBe("True");
  await admin.create(kinds.gateway, gateway());
  await admin.create(kinds.route, route("a"));
  await eventually(async () => (await statusOf(kinds.gateway, "eg", "default")).listeners?.[0]?.attachedRoutes).toBe(1);
  expect(conditionOf(await statusOf(kinds.gateway, "eg", "default"), "Accepted")).toBe("True");
  await eventually(async () => {
    const [parent] = (await statusOf(kinds.route, "a", "default")).parents ?? [];
    return parent?.conditions?.map(({ type, status }) => `${type}=${status}`).sort();
  }).toEqual(["Accepted=True", "ResolvedRefs=True"]);
  const finalizers = async () => (await admin.get(kinds.gatewayClass, { name: "eg" })).metadata["finalizers"];
  await eventually(finalizers).toEqual([gatewayExistsFinalizer]);
  await admin.delete(kinds.gateway, { namespace: "default", name: "eg" });
  await eventually(finalizers).toBeUndefined();
});

test("conditions and entries that others wrote stay", async () => {
  await admin.create(kinds.gatewayClass, gatewayClass());
  await admin.create(kinds.gateway, gateway());
  await admin.create(kinds.route, route("a"));
  const time = "2026-01-01T00:00:00Z";
  const condition = { type: "example.com/Seen", status: "True", reason: "Seen", message: "", lastTransitionTime: time };
  const parentRef = { group: "gateway.networking.k8s.io", kind: "Gateway", name: "theirs" };
  const foreign = { parentRef, controllerName: "example.com/other", conditions: [condition] };
  const at = (name: string) => ({ namespace: "default", name, subresource: "status" });
  await admin.patch(kinds.route, at("a"), "merge", { status: { parents: [foreign] } });
  await admin.patch(kinds.gateway, at("eg"), "merge", { status: { conditions: [condition] } });
  await serve();
  await eventually(async () => (await statusOf(kinds.route, "a", "default")).parents?.length).toBe(2);
  expect((await statusOf(kinds.route, "a", "default")).parents).toContainEqual(foreign);
  await eventually(async () => conditionOf(await statusOf(kinds.gateway, "eg", "default"), "Accepted")).toBe("True");
  expect((await statusOf(kinds.gateway, "eg", "default")).conditions).toContainEqual(condition);
});

test("a route that is deleted and made anew at once gets a status of its own", async () => {
  await admin.create(kinds.gatewayClass, gatewayClass());
  await admin.create(kinds.gateway, gateway());
  await serve();
  for (let i = 0; i < 10; i += 1) {
    await admin.create(kinds.route, route("again"));
    await eventually(async () => (await statusOf(kinds.route, "again", "default")).parents?.length).toBe(1);
    await admin.delete(kinds.route, { namespace: "default", name: "again" });
  }
});

test("a thousand routes attached at once cost few writes of the Gateway, and in a steady state nothing is written", async () => {
  await admin.create(kinds.gatewayClass, gatewayClass());
  await admin.create(kinds.gateway, gateway());
  await serve();
  await eventually(async () => conditionOf(await statusOf(kinds.gateway, "eg", "default"), "Accepted")).toBe("True");
  const gatewayWrites = await countChanges(kinds.gateway);
  const names = Array.from({ length: 1_000 }, (_, i) => `many-${i}`);
  for (let i = 0; i < names.length; i += 20) {
    await Promise.all(names.slice(i, i + 20).map((name) => admin.create(kinds.route, route(name))));
  }
  await eventually(async () => (await statusOf(kinds.gateway, "eg", "default")).listeners?.[0]?.attachedRoutes).toBe(
    1_000,
  );
  await eventually(async () => {
    const { items } = await admin.listAll<AnyObject>(kinds.route);
    return items.filter(({ status }) => (status as Statuses | undefined)?.parents?.length === 1).length;
  }).toBe(1_000);
  expect(gatewayWrites.get("eg")).toBeLessThanOrEqual(30);
  const routeWrites = await countChanges(kinds.route);
  gatewayWrites.clear();
  await new Promise((resolve) => setTimeout(resolve, 5_000));
  expect([...gatewayWrites, ...routeWrites]).toEqual([]);
}, 120_000);

test("of two control planes one writes; both know the same, and the other goes on when it stops", async () => {
  await admin.create(kinds.gatewayClass, gatewayClass());
  const one = await serve();
  await eventually(async () => conditionOf(await statusOf(kinds.gatewayClass, "eg"), "Accepted")).toBe("True");
  const two = await serve();
  await admin.create(kinds.gateway, gateway());
  for (const server of [one, two]) {
    await eventually(() => [...(server.plane?.controller.translation.fleets.entries() ?? [])].length).toBe(1);
  }
  await eventually(async () => conditionOf(await statusOf(kinds.gateway, "eg", "default"), "Accepted")).toBe("True");
  expect(await metricsOf(one)).toMatch(/^leader_election_master_status\{.*\} 1$/m);
  expect(await metricsOf(one)).toMatch(/^status_update_total\{.*kind="Gateway".*\} [1-9]/m);
  const follower = await metricsOf(two);
  expect(follower).not.toMatch(/^leader_election_master_status\{.*\} 1$/m);
  expect(follower).not.toMatch(/^status_update_total\{/m);
  // A fleet is known to both; its objects are applied by one.
  expect(follower).not.toMatch(/^resource_apply_total\{kind="(?!Envoy")/m);
  await one.stop({ keepEnvoys: true });
  await admin.create(kinds.route, route("later"));
  await eventually(async () => (await statusOf(kinds.route, "later", "default")).parents?.length).toBe(1);
  expect(await metricsOf(two)).toMatch(/^leader_election_master_status\{.*\} 1$/m);
});

test("a restart writes nothing that is right already", async () => {
  await admin.create(kinds.gatewayClass, gatewayClass());
  await admin.create(kinds.gateway, gateway());
  await admin.create(kinds.route, route("a"));
  const first = await serve();
  await eventually(async () => (await statusOf(kinds.route, "a", "default")).parents?.length).toBe(1);
  await eventually(async () => (await statusOf(kinds.gateway, "eg", "default")).listeners?.[0]?.attachedRoutes).toBe(1);
  await first.stop({ keepEnvoys: true });
  const changes = [
    await countChanges(kinds.gateway),
    await countChanges(kinds.route),
    await countChanges(kinds.gatewayClass),
  ];
  const leads = logged.split("this control plane leads").length;
  await serve();
  await eventually(() => logged.split("this control plane leads").length).toBe(leads + 1);
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  expect(changes.flatMap((counts) => [...counts])).toEqual([]);
});

test("while the API server is away what is served stays, and statuses follow when it is back", async () => {
  await admin.create(kinds.gatewayClass, gatewayClass());
  await admin.create(kinds.gateway, gateway());
  const server = await serve();
  await eventually(async () => conditionOf(await statusOf(kinds.gateway, "eg", "default"), "Accepted")).toBe("True");
  await api.kill();
  await eventually(() => server.plane?.report.problems.map(({ code }) => code)).toContain("ApiServerUnreachable");
  expect(server.plane?.xds.resources("default/eg")).toBeDefined();
  await api.up();
  await admin.create(kinds.route, route("after"));
  await eventually(async () => (await statusOf(kinds.route, "after", "default")).parents?.length).toBe(1);
}, 90_000);
