import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import { ensureCertificates } from "../../src/certificates/ensure.ts";
import { certificateDirectory } from "../../src/certificates/layout.ts";
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

let api: KubeApiServer;
let admin: KubeClient;
let home: string;
let server: GatewayServer | undefined;

beforeAll(async () => {
  api = await KubeApiServer.start();
  admin = api.client();
  home = mkdtempSync(join(tmpdir(), "eg-kube-home-"));
  await ensureCertificates({ configHome: home, now: new Date() });
  await admin.create(kinds.namespace, namespace(system));
  await permit(kinds.role, kinds.binding, undefined, granted("cluster", "watched", "aliases"));
  const role: KubeResource = { ...kinds.role, plural: "roles", kind: "Role", isNamespaced: true };
  const binding: KubeResource = { ...kinds.binding, plural: "rolebindings", kind: "RoleBinding", isNamespaced: true };
  await permit(role, binding, system, granted("own", "infrastructure"));
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

test("the permissions of the chart are enough to read, to lead, to run Envoys, and to write statuses and the finalizer", async () => {
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
  await server.start();
  await admin.create(kinds.gatewayClass, gatewayClass());
  await admin.create(kinds.gateway, gateway());
  const options = { timeout: 30_000, interval: 50 };
  await expect
    .poll(async () => (await admin.get(kinds.gatewayClass, { name: "eg" })).metadata["finalizers"], options)
    .toEqual([gatewayExistsFinalizer]);
  await expect
    .poll(async () => (await admin.get(kinds.gateway, { name: "eg", namespace: "default" }))["status"], options)
    .toMatchObject({
      conditions: expect.arrayContaining([expect.objectContaining({ reason: "Accepted", status: "True" })]),
    });
  expect(server.plane?.report.problems.filter(({ severity }) => severity === "error")).toEqual([]);
});
