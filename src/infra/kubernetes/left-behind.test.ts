import { expect, test, vi } from "vitest";
import type { KubeResource } from "../../kube/resource.ts";
import { fleetName } from "../fleet.ts";
import { fleetResources } from "./resources.ts";
import { fleet, namespace, testCluster } from "./test-cluster.ts";

const { Deployment, Service } = fleetResources;
const cluster = testCluster();

function tell(resource: KubeResource, key: string, status: object): void {
  const object = cluster.api.get(resource, key);
  if (!object) throw new Error(`no ${key}`);
  cluster.api.put(resource, { ...object, status });
}

const warnings = () => cluster.logged().filter(({ level }) => level === "warn");

test("Envoys that ran beside their Gateway lose their Service when those in the control plane's namespace serve, and how to delete them is told", async () => {
  const beside = await cluster.start({ deploy: "GatewayNamespace", certificateAuthority: () => "ca" });
  beside.reconcile([fleet("shop/eg")]);
  await beside.settled();
  await beside.stop({ keepEnvoys: true });
  tell(Service, "shop/eg", { loadBalancer: { ingress: [{ ip: "10.0.0.5" }] } });

  // The role of this mode permits nothing but Services in other namespaces.
  cluster.api.intercept = ({ url }) => (/\/namespaces\/shop\/(?!services)/.test(url) ? { status: 403 } : undefined);
  const infra = await cluster.start();
  infra.reconcile([fleet("shop/eg")]);
  await infra.settled();
  expect([cluster.isThere(Service, "shop/eg"), warnings()]).toEqual([true, []]);
  const key = `${namespace}/${fleetName("shop/eg")}`;
  tell(Service, key, { loadBalancer: { ingress: [{ ip: "10.0.0.6" }] } });
  tell(Deployment, key, { observedGeneration: 9, updatedReplicas: 1, availableReplicas: 1, replicas: 1 });
  await vi.waitFor(() => expect(cluster.isThere(Service, "shop/eg")).toBe(false));
  await infra.settled();
  expect(cluster.isThere(Service, "shop/eg-eg")).toBe(true);
  expect(warnings()).toHaveLength(1);
  const [, command = ""] = warnings()[0]?.message.split("Delete what is left: ") ?? [];
  const [, kinds = "", selector = ""] = /^kubectl delete (\S+) --namespace shop --selector (\S+)$/.exec(command) ?? [];
  expect(kinds.split(",").sort()).toEqual([
    "configmaps",
    "daemonsets.apps",
    "deployments.apps",
    "horizontalpodautoscalers.autoscaling",
    "poddisruptionbudgets.policy",
    "serviceaccounts",
  ]);
  // It selects what is there.
  const { labels } = cluster.api.get(Deployment, "shop/eg")?.metadata ?? {};
  expect(Object.entries(labels ?? {}).map(([label, value]) => `${label}=${value}`)).toEqual(
    expect.arrayContaining(selector.split(",")),
  );
});
