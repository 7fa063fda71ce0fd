import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
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
const ourGroups = ["gateway.networking.k8s.io", "gateway.networking.x-k8s.io", "gateway.envoyproxy.io"];
const read = ["get", "list", "watch"];

/** The table of docs/kubernetes.md. */
const clusterRules = [
  { apiGroups: [""], resources: ["namespaces", "services", "secrets", "configmaps"], verbs: read },
  { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: read },
  { apiGroups: ["certificates.k8s.io"], resources: ["clustertrustbundles"], verbs: read },
  { apiGroups: ourGroups, resources: ["*"], verbs: read },
  { apiGroups: ["apiextensions.k8s.io"], resources: ["customresourcedefinitions"], verbs: ["list", "watch"] },
  { apiGroups: ourGroups, resources: ["*/status"], verbs: ["get", "patch"] },
  { apiGroups: ["gateway.networking.k8s.io"], resources: ["gatewayclasses"], verbs: ["get", "patch"] },
];
const ownRules = [
  { apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: ["get", "create", "update"] },
  // What Envoys are run with is the infrastructure's matter; here it may only look.
  { apiGroups: ["", "apps", "autoscaling", "policy"], resources: ["*"], verbs: read },
];

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
  await permit(kinds.role, kinds.binding, undefined, clusterRules);
  const role: KubeResource = { ...kinds.role, plural: "roles", kind: "Role", isNamespaced: true };
  const binding: KubeResource = { ...kinds.binding, plural: "rolebindings", kind: "RoleBinding", isNamespaced: true };
  await permit(role, binding, system, ownRules);
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

test("the permissions that are documented are enough to read, to lead, and to write statuses and the finalizer", async () => {
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
