/** The developer's chapter of the guide (S19 to S33), its commands as they stand there. */
import { describe, expect, test } from "vitest";
import type { Guide } from "../harness/guide.ts";
import { adminPage, openAdmin } from "./admin.ts";
import { controllerName, expectNoEnvoys, selector, shown, soon, system } from "./cluster-objects.ts";

const image = "docker.io/envoyproxy/gateway-dev:latest";
const nodeImages = "node tools/cluster/cluster.ts exec -- ctr -n k8s.io images";

/** What the quickstart's GatewayClass is given before it: Services that no load balancer here looks after. */
const withoutLoadBalancer = `apiVersion: gateway.envoyproxy.io/v1alpha1
kind: EnvoyProxy
metadata:
  name: no-load-balancer
  namespace: ${system}
spec:
  provider:
    type: Kubernetes
    kubernetes:
      envoyService:
        loadBalancerClass: example.com/nobody
---
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata:
  name: eg
spec:
  controllerName: ${controllerName}
  parametersRef:
    group: gateway.envoyproxy.io
    kind: EnvoyProxy
    name: no-load-balancer
    namespace: ${system}
`;

/** The condition `Programmed` of the quickstart's Gateway. */
async function programmed(guide: Guide) {
  const { status } = await shown(guide, "kubectl get gateway/eg -o yaml");
  return status?.conditions?.find(({ type }) => type === "Programmed");
}

export function preparing(guide: () => Guide): void {
  describe("developing: a cluster and images", () => {
    test("S21: without a cluster make kube-install-image says so", async () => {
      const { code, errors } = await guide().run("make kube-install-image");
      expect(code).toBe(2);
      expect(errors).toContain(`cluster ${guide().cluster} does not exist`);
    });

    // The first time, all programs of a cluster are built.
    test("S19: make create-cluster", { timeout: 3_600_000 }, async () => {
      await guide().output("make create-cluster");
      expect(await guide().output("kubectl get nodes")).toMatch(/ Ready /);
    });

    test("S21: make kube-install-image", async () => {
      await guide().output("TAG=latest make kube-install-image");
      expect(await guide().output(`${nodeImages} list --quiet`)).toContain(`${image}\n`);
      // The chart's own name for it, for those who install it without make.
      await guide().output(`${nodeImages} tag ${image} docker.io/envoyproxy/gateway:latest`);
    });
  });
}

export function deploying(guide: () => Guide): void {
  describe("developing: deploying", () => {
    test("S20 S22 S23: make kube-deploy installs the image and the pull policy that it is told", async () => {
      await guide().output("TAG=latest IMAGE_PULL_POLICY=IfNotPresent make kube-deploy");
      const container = "jsonpath='{range .spec.template.spec.containers[*]}{.image} {.imagePullPolicy}{end}'";
      const get = `kubectl get deployment/envoy-gateway -n ${system} -o ${container}`;
      expect(await guide().output(get)).toBe(`${image} IfNotPresent`);
      await guide().output(
        `kubectl wait -n ${system} deployment/envoy-gateway --for=condition=Available --timeout=10s`,
      );
    });

    test("S20: TAG=latest make kube-deploy over an installed one leaves it available", async () => {
      await guide().output("TAG=latest make kube-deploy");
      await guide().output(
        `kubectl wait -n ${system} deployment/envoy-gateway --for=condition=Available --timeout=60s`,
      );
      expect(await guide().output("helm list -n envoy-gateway-system -o json")).toContain('"name":"eg"');
    });
  });
}

export function demo(guide: () => Guide): void {
  describe("developing: the demo", () => {
    test("S26: make kube-demo ends with the commands that send a request", async () => {
      const said = await guide().output("make kube-demo");
      const commands = said.trimEnd().split("\n").slice(-2);
      const [forward = "", ask = ""] = commands;
      expect(forward).toMatch(
        /^kubectl -n envoy-gateway-system port-forward service\/envoy-default-eg-[0-9a-f]{8} 8888:80 &$/,
      );
      expect(ask).toBe('curl --verbose --header "Host: www.example.com" http://localhost:8888/get');
      await guide().forward(forward);
      await expect.poll(async () => (await guide().run(ask)).errors, soon).toContain("< HTTP/1.1 200 OK");
      guide().stopBackground();
    });

    test("S32: the Envoy of the Gateway shows its configuration on its admin port", async () => {
      await openAdmin(guide(), selector);
      expect(await guide().output("echo $ENVOY_DEPLOYMENT")).toMatch(/^envoy-default-eg-[0-9a-f]{8}\n$/);
      const dump = await adminPage(guide(), "/config_dump");
      for (const kind of ["Bootstrap", "Listeners", "Clusters", "Routes"])
        expect(dump).toContain(`type.googleapis.com/envoy.admin.v3.${kind}ConfigDump`);
      // S39: what is port 80 outside.
      const listener = await adminPage(guide(), "/listeners");
      expect(listener).toContain("::0.0.0.0:10080\n");
    });

    test.each(["/ready", "/stats", "/stats/prometheus", "/clusters", "/listeners", "/certs"])(
      "S33: the admin port answers %s",
      async (path) => {
        expect(await adminPage(guide(), path)).not.toBe("");
      },
    );

    test("S33: the admin port answers /logging", async () => {
      expect(await guide().output("curl -sS --fail -X POST 127.0.0.1:19000/logging")).toContain("active loggers");
      guide().stopBackground();
    });

    test("S27: make kube-demo-undeploy leaves nothing, and may be repeated", async () => {
      await guide().output("make kube-demo-undeploy");
      await expectNoEnvoys(guide());
      expect(await guide().output("kubectl get gatewayclasses,gateways,httproutes -A -o name")).toBe("");
      await guide().output("make kube-demo-undeploy");
    });

    test("S35: without a load balancer the Gateway waits for an address, and serves through a port-forward", async () => {
      await guide().output(`cat <<EOF | kubectl create -f -\n${withoutLoadBalancer}EOF\n`);
      await guide().output("kubectl apply -f examples/kubernetes/quickstart.yaml");
      const deployment = `kubectl get deployment -n ${system} ${selector} -o name`;
      await expect.poll(() => guide().output(deployment), soon).not.toBe("");
      await guide().output(`kubectl wait --timeout=5m -n ${system} deployment ${selector} --for=condition=Available`);
      const service = `$(kubectl get svc -n ${system} ${selector} -o jsonpath='{.items[0].metadata.name}')`;
      await guide().forward(`kubectl -n envoy-gateway-system port-forward service/${service} 8888:80 &`);
      const ask = 'curl --verbose --header "Host: www.example.com" http://localhost:8888/get';
      await expect.poll(async () => (await guide().run(ask)).errors, soon).toContain("< HTTP/1.1 200 OK");
      guide().stopBackground();
      expect(await programmed(guide())).toMatchObject({ status: "False", reason: "AddressNotAssigned" });
    });

    test("S35 S44: it is programmed as soon as somebody gives its Service an address, which may be a name", async () => {
      const status = { status: { loadBalancer: { ingress: [{ hostname: "gateway.example.com" }] } } };
      const service = `$(kubectl get svc -n ${system} ${selector} -o name)`;
      await guide().output(
        `kubectl patch -n ${system} ${service} --subresource=status --type=merge --patch '${JSON.stringify(status)}'`,
      );
      await expect.poll(() => programmed(guide()), soon).toMatchObject({ status: "True", reason: "Programmed" });
      const gateway = await shown(guide(), "kubectl get gateway/eg -o yaml");
      expect(gateway.status?.addresses).toEqual([{ type: "Hostname", value: "gateway.example.com" }]);
      await guide().output("make kube-demo-undeploy");
      await guide().output("kubectl delete envoyproxy/no-load-balancer -n envoy-gateway-system");
      await expectNoEnvoys(guide());
    });

    test("S24: make kube-undeploy removes the release, and leaves the CRDs", async () => {
      await guide().output("make kube-undeploy");
      expect(await guide().output("helm list -n envoy-gateway-system -o json")).toBe("[]\n");
      expect(await guide().output(`kubectl get deployments -n ${system} -o name`)).toBe("");
      expect(await guide().output("kubectl get crd -o name")).toContain("gateways.gateway.networking.k8s.io");
    });
  });
}
