import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import { ensureCertificates } from "../../src/certificates/ensure.ts";
import { certificateDirectory } from "../../src/certificates/layout.ts";
import { fleetName } from "../../src/infra/fleet.ts";
import { fleetResources } from "../../src/infra/kubernetes/resources.ts";
import type { AnyObject, KubeClient } from "../../src/kube/client.ts";
import type { KubeResource } from "../../src/kube/resource.ts";
import { parseConfig } from "../../src/server/config/load-config.ts";
import { createGatewayServer, type GatewayServer } from "../../src/server/gateway-server.ts";
import { gatewayExistsFinalizer } from "../../src/status/kubernetes/class-finalizers.ts";
import { KubeApiServer } from "./harness/api-server.ts";
import { gateway, gatewayClass, kinds, namespace } from "./harness/objects.ts";

const system = "envoy-gateway-system";
/** The parts of the chart's roles, as they are granted where the whole cluster is watched. */
const parts = parse(readFileSync("charts/gateway-helm/files/rbac.yaml", "utf8")) as Record<string, object[]>;
const granted = (...names: readonly string[]): object[] => names.flatMap((name) => parts[name] ?? []);

const ownRole: KubeResource = { ...kinds.role, plural: "roles", kind: "Role", isNamespaced: true };

interface Status {
  readonly addresses?: readonly unknown[];
  readonly conditions?: readonly { readonly type: string; readonly status: string }[];
}

const conditionsOf = ({ conditions = [] }: Status): readonly string[] =>
  conditions.map(({ type, status }) => `${type} ${status}`);

let api: KubeApiServer;
let admin: KubeClient;
let home: string;
let server: GatewayServer;

beforeAll(async () => {
  api = await KubeApiServer.start();
  admin = api.client();
  home = mkdtempSync(join(tmpdir(), "eg-kube-home-"));
  await ensureCertificates({ configHome: home, now: new Date() });
  await admin.create(kinds.namespace, namespace(system));
  await permit(kinds.role, kinds.binding, undefined, granted("cluster", "watched", "aliases"));
  const binding: KubeResource = { ...kinds.binding, plural: "rolebindings", kind: "RoleBinding", isNamespaced: true };
  await permit(ownRole, binding, system, granted("own"));
  const { config } = parseConfig(
    "apiVersion: gateway.envoyproxy.io/v1alpha1\nkind: EnvoyGateway\nprovider: {type: Kubernetes}\n",
    "test.yaml",
  );
  const anywhere = { host: "127.0.0.1", port: 0 };
  server = createGatewayServer({
    config,
    env: { KUBECONFIG: api.kubeconfig("controller") },
    certificates: certificateDirectory(home, "envoy-gateway"),
    ports: { xds: anywhere, admin: anywhere, metrics: anywhere, health: anywhere },
    output: { write: () => undefined },
  });
});

afterAll(async () => {
  await server?.stop({ keepEnvoys: true });
  await api?.stop();
  rmSync(home, { recursive: true, force: true });
});

async function permit(
  role: KubeResource,
  binding: KubeResource,
  ns: string | undefined,
  rules: object[],
): Promise<void> {
  const metadata: AnyObject["metadata"] = { name: "control-plane", ...(ns === undefined ? {} : { namespace: ns }) };
  const apiGroup = "rbac.authorization.k8s.io";
  await admin.create(role, { metadata, rules });
  await admin.create(binding, {
    metadata,
    roleRef: { apiGroup, kind: role.kind, name: metadata.name },
    subjects: [{ apiGroup, kind: "User", name: "controller" }],
  });
}

const status = async (name: string): Promise<Status> =>
  ((await admin.get(kinds.gateway, { name, namespace: "default" }))["status"] ?? {}) as Status;
const options = { timeout: 40_000, interval: 100 };

test("who may not see how Envoys are leaves addresses and Programmed of Gateways as they are, and writes the rest", async () => {
  await admin.create(kinds.gatewayClass, gatewayClass());
  for (const name of ["eg", "served"]) await admin.create(kinds.gateway, gateway(name));
  const addresses = [{ type: "IPAddress", value: "192.0.2.1" }];
  const programmed = {
    type: "Programmed",
    status: "True",
    reason: "Programmed",
    message: "",
    lastTransitionTime: "2026-01-01T00:00:00Z",
  };
  const place = { name: "served", namespace: "default", subresource: "status" };
  const patch = { status: { addresses, conditions: [programmed] } };
  await admin.patch(kinds.gateway, place, "merge", patch, { fieldManager: "test" });
  await server.start();
  for (const name of ["eg", "served"]) {
    await expect.poll(async () => conditionsOf(await status(name)), options).toContain("Accepted True");
  }
  expect(await status("served")).toMatchObject({ addresses, conditions: expect.arrayContaining([programmed]) });
  expect(conditionsOf(await status("eg"))).not.toContain("Programmed False");
});

test("the permissions of the chart are enough to read, to lead, to run Envoys, and to write statuses and the finalizer", async () => {
  const held = await admin.get(ownRole, { name: "control-plane", namespace: system });
  await admin.replace(ownRole, { ...held, rules: granted("own", "infrastructure") });
  await expect
    .poll(async () => (await admin.get(kinds.gatewayClass, { name: "eg" })).metadata["finalizers"], options)
    .toEqual([gatewayExistsFinalizer]);
  const deployments = fleetResources.Deployment;
  for (const name of ["eg", "served"]) {
    await expect.poll(async () => conditionsOf(await status(name)), options).toContain("Programmed False");
    const fleet = { name: fleetName(`default/${name}`), namespace: system };
    await expect.poll(async () => (await admin.get(deployments, fleet)).kind, options).toBe("Deployment");
  }
  expect((await status("served")).addresses).toBeUndefined();
  expect(server.plane?.report.problems.filter(({ severity }) => severity === "error")).toEqual([]);
});
