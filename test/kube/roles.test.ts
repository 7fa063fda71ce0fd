/** The roles that the chart renders for each way to install, given to the control plane on a real API server: enough, and no more. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { ensureCertificates } from "../../src/certificates/ensure.ts";
import { certificateDirectory } from "../../src/certificates/layout.ts";
import { fleetResources } from "../../src/infra/kubernetes/resources.ts";
import type { AnyObject, KubeClient } from "../../src/kube/client.ts";
import { hasStatus } from "../../src/kube/error.ts";
import type { KubeResource } from "../../src/kube/resource.ts";
import { parseConfig } from "../../src/server/config/load-config.ts";
import { createGatewayServer, type GatewayServer } from "../../src/server/gateway-server.ts";
import { gatewayExistsFinalizer } from "../../src/status/kubernetes/class-finalizers.ts";
import { helm } from "../../tools/chart/helm.ts";
import { KubeApiServer } from "./harness/api-server.ts";
import { gateway, gatewayClass, kinds, namespace } from "./harness/objects.ts";

const system = "envoy-gateway-system";
const roleKinds: readonly KubeResource[] = [
  kinds.role,
  kinds.binding,
  { ...kinds.role, plural: "roles", kind: "Role", isNamespaced: true },
  { ...kinds.binding, plural: "rolebindings", kind: "RoleBinding", isNamespaced: true },
];
const tokenReviews: KubeResource = {
  group: "authentication.k8s.io",
  version: "v1",
  plural: "tokenreviews",
  kind: "TokenReview",
  isNamespaced: false,
};
/** The workload of the Gateway's Envoys, whatever its name is. */
const ofGateway = { labelSelector: "gateway.envoyproxy.io/owning-gateway-name=eg" };
const patience = { timeout: 40_000, interval: 100 };

let api: KubeApiServer;
let admin: KubeClient;
let controller: KubeClient;
let home: string;
let server: GatewayServer | undefined;
let granted: readonly (readonly [KubeResource, AnyObject])[] = [];

beforeAll(async () => {
  api = await KubeApiServer.start();
  admin = api.client();
  controller = api.client("controller");
  home = mkdtempSync(join(tmpdir(), "eg-kube-home-"));
  await ensureCertificates({ configHome: home, now: new Date() });
  for (const name of [system, "elsewhere"]) await admin.create(kinds.namespace, namespace(name));
});
afterEach(async () => {
  await server?.stop({ keepEnvoys: true });
  server = undefined;
  // What the next one finds it has made itself.
  for (const { metadata } of (await admin.listAll(fleetResources.Deployment)).items)
    await admin.delete(fleetResources.Deployment, metadata);
  await admin.delete(kinds.gateway, { name: "eg", namespace: "default" });
  await admin.patch(kinds.gatewayClass, { name: "eg" }, "merge", { metadata: { finalizers: null } });
  await admin.delete(kinds.gatewayClass, { name: "eg" });
  for (const [resource, { metadata }] of granted) await admin.delete(resource, metadata);
});
afterAll(async () => {
  await api?.stop();
  rmSync(home, { recursive: true, force: true });
});

/** Installs the roles of the chart with this provider; the user `controller` stands for the account of the control plane. */
async function grant(provider: object): Promise<void> {
  const values = `config.envoyGateway.provider=${JSON.stringify({ type: "Kubernetes", kubernetes: provider })}`;
  const chart = ["charts/gateway-helm", "--namespace", system, "--show-only", "templates/rbac.yaml"];
  const rendered = parseAllDocuments(helm(["template", "eg", ...chart, "--set-json", values]));
  granted = rendered.map((document): [KubeResource, AnyObject] => {
    const object = document.toJS() as AnyObject;
    const resource = roleKinds.find(({ kind }) => kind === object.kind);
    if (!resource) throw new Error(`${object.kind} is no role`);
    const subjects = [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "controller" }];
    return [resource, object["subjects"] ? { ...object, subjects } : object];
  });
  for (const [resource, object] of granted) await admin.create(resource, object);
}

async function serve(provider: object): Promise<void> {
  const text = JSON.stringify({
    apiVersion: "gateway.envoyproxy.io/v1alpha1",
    kind: "EnvoyGateway",
    provider: { type: "Kubernetes", kubernetes: provider },
  });
  const anywhere = { host: "127.0.0.1", port: 0 };
  server = createGatewayServer({
    config: parseConfig(text, "test.yaml").config,
    env: { KUBECONFIG: api.kubeconfig("controller") },
    certificates: certificateDirectory(home, "envoy-gateway"),
    ports: { xds: anywhere, admin: anywhere, metrics: anywhere, health: anywhere },
    output: { write: () => undefined },
  });
  await server.start();
}

/** Whether the control plane's account may do this. */
async function mayDo(request: Promise<unknown>): Promise<boolean> {
  return request.then(
    () => true,
    (error: unknown) => {
      if (hasStatus(error, 403)) return false;
      throw error;
    },
  );
}

const modes = ["ControllerNamespace", "GatewayNamespace"] as const;
const watches = [undefined, { type: "Namespaces", namespaces: ["default"] }] as const;
const ways = modes.flatMap((mode) =>
  watches.map((watch) => ({ mode, watch, seen: watch ? "one namespace" : "all namespaces" })),
);

describe.each(ways)("Envoys in $mode mode, $seen watched", ({ mode, watch }) => {
  test("the chart's roles are enough to read, to lead, to run Envoys and to write statuses, and permit no more", async () => {
    const provider = { deploy: { type: mode }, ...(watch && { watch }) };
    await grant(provider);
    await admin.create(kinds.gatewayClass, gatewayClass());
    await admin.create(kinds.gateway, gateway());
    await serve(provider);

    const finalizers = async () => (await admin.get(kinds.gatewayClass, { name: "eg" })).metadata["finalizers"];
    await expect.poll(finalizers, patience).toEqual([gatewayExistsFinalizer]);
    const place = mode === "GatewayNamespace" ? "default" : system;
    const workloads = async () =>
      (await admin.listAll(fleetResources.Deployment, ofGateway)).items.map(({ metadata }) => metadata.namespace);
    await expect.poll(workloads, patience).toContain(place);
    const conditions = async () => {
      const { status } = await admin.get<AnyObject>(kinds.gateway, { name: "eg", namespace: "default" });
      const { conditions: all = [] } = (status ?? {}) as { conditions?: { type: string; status: string }[] };
      return all.map((condition) => `${condition.type} ${condition.status}`);
    };
    await expect.poll(conditions, patience).toContain("Accepted True");
    expect(server?.plane?.report.problems.filter(({ severity }) => severity === "error")).toEqual([]);

    expect(await mayDo(controller.listAll(kinds.gateway, { namespace: "elsewhere" }))).toBe(watch === undefined);
    expect(await mayDo(controller.listAll(fleetResources.Deployment, { namespace: "default" }))).toBe(
      mode === "GatewayNamespace",
    );
    const review = { metadata: { name: "" }, spec: { token: "none" } };
    expect(await mayDo(controller.create(tokenReviews, review))).toBe(mode === "GatewayNamespace");
    const secret = { metadata: { name: "stolen", namespace: "default" } };
    expect(await mayDo(controller.create(kinds.secret, secret))).toBe(false);
  });
});
