/** The quickstart of the guide (S35 to S47), its commands as they stand there. */
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { registry } from "../../../src/features/kinds.ts";
import { root } from "../../../tools/lint/check.ts";
import type { Guide } from "../harness/guide.ts";
import { expectNoEnvoys, selector, shown, soon, system } from "./cluster-objects.ts";

const get = 'curl --verbose --header "Host: www.example.com"';

/** What the echo backend answers, and what curl says of it. */
async function expectAnswer(guide: Guide, command: string): Promise<void> {
  await expect.poll(async () => (await guide.run(command)).errors, soon).toContain("< HTTP/1.1 200 OK");
  const { output, errors } = await guide.run(command);
  expect(JSON.parse(output)).toMatchObject({
    path: "/get",
    host: "www.example.com",
    method: "GET",
    proto: "HTTP/1.1",
    namespace: "default",
    pod: expect.stringMatching(/^backend-/),
  });
  expect(errors).not.toMatch(/^< (server: envoy|x-envoy-)/im);
}

export function installing(guide: () => Guide): void {
  describe("quickstart: installing", () => {
    test("S36: helm install takes the chart from an OCI registry, with the CRDs of both groups", async () => {
      await guide().output("CHART_VERSION=v0.0.0-latest TAG=latest make helm-package install-manifest");
      guide().publisher.addChart(join(root, "bin/charts/gateway-helm-v0.0.0-latest.tgz"), "v0.0.0-latest");
      // The registry here has no TLS, and the tag `latest` of the image cannot be pulled.
      const here = "--plain-http --set deployment.envoyGateway.imagePullPolicy=IfNotPresent";
      const notes = await guide().output(
        `helm install eg oci://docker.io/envoyproxy/gateway-helm --version v0.0.0-latest -n envoy-gateway-system --create-namespace ${here}`,
      );
      expect(notes).toContain("helm status eg -n envoy-gateway-system");
      expect(notes).toContain("helm get all eg -n envoy-gateway-system");
      const own = registry.kinds.filter(({ group }) => group === "gateway.envoyproxy.io");
      const crds = await guide().output("kubectl wait crd --all --for=condition=Established --timeout=60s");
      for (const { plural, group } of own) expect(crds).toContain(`/${plural}.${group} condition met`);
      expect(crds).toContain("/grpcroutes.gateway.networking.k8s.io condition met");
    });

    test("S37: the control plane becomes available", async () => {
      const waited = await guide().output(
        "kubectl wait --timeout=5m -n envoy-gateway-system deployment/envoy-gateway --for=condition=Available",
      );
      expect(waited).toBe("deployment.apps/envoy-gateway condition met\n");
    });

    test("S38: quickstart.yaml makes six objects, which are accepted and programmed", async () => {
      const applied = await guide().output(
        "kubectl apply -f https://github.com/envoyproxy/gateway/releases/download/latest/quickstart.yaml -n default",
      );
      expect(applied.trimEnd().split("\n")).toEqual([
        "gatewayclass.gateway.networking.k8s.io/eg created",
        "gateway.gateway.networking.k8s.io/eg created",
        "serviceaccount/backend created",
        "service/backend created",
        "deployment.apps/backend created",
        "httproute.gateway.networking.k8s.io/backend created",
      ]);
      await guide().output("kubectl wait --timeout=5m -n default gateway/eg --for=condition=Programmed");
      await guide().output("kubectl wait --timeout=1m gatewayclass/eg --for=condition=Accepted");
      const route = await shown(guide(), "kubectl get httproute/backend -n default -o yaml");
      expect(route.status?.parents?.[0]?.conditions).toMatchObject([
        { type: "Accepted", status: "True" },
        { type: "ResolvedRefs", status: "True" },
      ]);
    });
  });
}

export function testing(guide: () => Guide): void {
  describe("quickstart: testing", () => {
    test("S40: the Service of the Gateway's Envoy is found by labels", async () => {
      await guide().output(
        `export ENVOY_SERVICE=$(kubectl get svc -n envoy-gateway-system ${selector} -o jsonpath='{.items[0].metadata.name}')`,
      );
      expect(await guide().output("echo $ENVOY_SERVICE")).toMatch(/^envoy-default-eg-[0-9a-f]{8}\n$/);
      expect(await guide().output(`kubectl get svc -n ${system} ${selector} -o name | wc -l`)).toBe("1\n");
    });

    test("S39: port 80 is port 10080 of a container without rights", async () => {
      const ports = "jsonpath='{.spec.ports[*].port} {.spec.ports[*].targetPort}'";
      expect(await guide().output(`kubectl get svc/$ENVOY_SERVICE -n ${system} -o ${ports}`)).toBe("80 10080");
      const rights = "jsonpath='{.items[0].spec.containers[?(@.name==\"envoy\")].securityContext}'";
      const context = JSON.parse(await guide().output(`kubectl get pods -n ${system} ${selector} -o ${rights}`));
      expect(context).toMatchObject({ runAsNonRoot: true, capabilities: { drop: ["ALL"] } });
      expect(context.capabilities).not.toHaveProperty("add");
    });

    test("S41 S42: requests come through a port-forward to the Service", async () => {
      // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the shell that puts something in its place
      await guide().forward("kubectl -n envoy-gateway-system port-forward service/${ENVOY_SERVICE} 8888:80 &");
      await expectAnswer(guide(), `${get} http://localhost:8888/get`);
      guide().stopBackground();
    });

    test("S44: the Service has an address, and the Gateway the same", async () => {
      await guide().output(
        // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the shell that puts something in its place
        "export GATEWAY_HOST=$(kubectl get svc/${ENVOY_SERVICE} -n envoy-gateway-system -o jsonpath='{.status.loadBalancer.ingress[0].ip}')",
      );
      const address = (await guide().output("echo $GATEWAY_HOST")).trim();
      expect(address).toMatch(/^10\.17\d\.0\.\d+$/);
      const gateway = await shown(guide(), "kubectl get gateway/eg -n default -o yaml");
      expect(gateway.status?.addresses).toEqual([{ type: "IPAddress", value: address }]);
    });

    test("S45: requests come to that address", async () => {
      await expectAnswer(guide(), `${get} http://$GATEWAY_HOST/get`);
    });

    test("S43: another host is not found", async () => {
      const answer = await guide().output('curl -s -i -H "Host: other.example.com" http://$GATEWAY_HOST/get');
      expect(answer).toMatch(/^HTTP\/1.1 404 Not Found\r\n/);
      expect(answer).toMatch(/\r\n\r\n$/);
    });
  });
}

export function cleaningUp(guide: () => Guide): void {
  describe("quickstart: cleaning up", () => {
    const remove =
      "kubectl delete -f https://github.com/envoyproxy/gateway/releases/download/latest/quickstart.yaml --ignore-not-found=true";

    test("S46: deleting quickstart.yaml leaves no Envoy and nothing of it, and may be repeated", async () => {
      await guide().output(remove);
      await expectNoEnvoys(guide());
      const left =
        "kubectl get gatewayclasses,gateways,httproutes,deployments,services,serviceaccounts -n default -o name";
      expect((await guide().output(left)).trimEnd().split("\n")).toEqual([
        "service/kubernetes",
        "serviceaccount/default",
      ]);
      await guide().output(remove);
    });

    test("S47: helm uninstall leaves the CRDs, and nothing that runs or may do anything", async () => {
      await guide().output("helm uninstall eg -n envoy-gateway-system");
      const kinds = "deployments,services,jobs,roles,rolebindings,configmaps,serviceaccounts,pods";
      await expect
        .poll(() => guide().output(`kubectl get ${kinds} -n ${system} -o name`), soon)
        .toBe("configmap/kube-root-ca.crt\nserviceaccount/default\n");
      const cluster = await guide().output("kubectl get clusterroles,clusterrolebindings -o name");
      expect(cluster).not.toMatch(/\/(eg-|envoy-gateway)/);
      const crds = await guide().output("kubectl get crd -o name");
      expect(crds).toContain("gateways.gateway.networking.k8s.io");
      expect(crds).toContain("securitypolicies.gateway.envoyproxy.io");
    });
  });
}
