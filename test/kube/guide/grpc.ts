/** The gRPC task of the guide (S49 to S63), its commands as they stand there. */
import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Guide } from "../harness/guide.ts";
import { expectAcceptedRoute, expectCode, soon } from "./cluster-objects.ts";

const pong = '{\n  "text": "pong"\n}\n';
// biome-ignore-start lint/suspicious/noTemplateCurlyInString: it is the shell that puts something in their place
export const ping = "grpcurl -plaintext -authority=grpc-example.com ${GATEWAY_HOST}:80 yages.Echo/Ping";
const reverse =
  'grpcurl -plaintext -d \'{"text":"abc"}\' -authority=grpc-example.com ${GATEWAY_HOST}:80 yages.Echo/Reverse';
const web =
  "curl --http2-prior-knowledge -s ${GATEWAY_HOST}:80/yages.Echo/Ping -H 'Host: grpc-example.com'   -H 'Content-Type: application/grpc-web-text'   -H 'Accept: application/grpc-web-text' -XPOST -d'AAAAAAA=' | base64 -d";
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: as above

const showRoutes = "kubectl get grpcroutes --selector=example=grpc-routing -o yaml";
export const gatewayHost =
  "export GATEWAY_HOST=$(kubectl get gateway/example-gateway -o jsonpath='{.status.addresses[0].value}')";

/** The route as the guide has it, in the version of its time. */
const route = (method: string): string => `apiVersion: gateway.networking.k8s.io/v1alpha2
kind: GRPCRoute
metadata:
  name: yages
  labels:
    example: grpc-routing
spec:
  parentRefs:
    - name: example-gateway
  hostnames:
    - "grpc-example.com"
  rules:
    - matches:
      - method:
          method: ServerReflectionInfo
          service: grpc.reflection.v1alpha.ServerReflection
      - method:
${method}
      backendRefs:
        - group: ""
          kind: Service
          name: yages
          port: 9000
          weight: 1
`;
const exact = route("          method: Ping");
const regular = route(`          method: "Pin.+"
          service: ".*.Echo"
          type: RegularExpression`);

/** Waits until a call is answered. */
export async function expectPong(guide: Guide, call: string): Promise<void> {
  await expect.poll(async () => (await guide.run(call)).output, soon).toBe(pong);
}

/** Applies the route both ways the guide has, piped and from a file: it is the same object. */
async function applyTwice(guide: Guide, text: string): Promise<void> {
  const generation = (): Promise<string> =>
    guide.output("kubectl get grpcroute/yages -o jsonpath={.metadata.generation}");
  const before = await generation();
  await guide.output(`cat <<EOF | kubectl apply -f -\n${text}EOF\n`);
  const after = await generation();
  expect(after).not.toBe(before);
  const file = join(tmpdir(), `grpcroute-${process.pid}.yaml`);
  writeFileSync(file, text);
  await guide.output(`kubectl apply -f ${file} && rm ${file}`);
  expect(await generation()).toBe(after);
}

const foreignClass = `apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata:
  name: foreign
spec:
  controllerName: example.com/another-controller
`;

function installing(guide: () => Guide): void {
  test("S49 S50: grpc-routing.yaml is applied", async () => {
    await guide().output(`cat <<EOF | kubectl apply -f -\n${foreignClass}EOF\n`);
    const applied = await guide().output(
      "kubectl apply -f https://raw.githubusercontent.com/envoyproxy/gateway/latest/examples/kubernetes/grpc-routing.yaml",
    );
    expect(applied.trimEnd().split("\n")).toEqual([
      "gatewayclass.gateway.networking.k8s.io/example-gateway-class created",
      "gateway.gateway.networking.k8s.io/example-gateway created",
      "deployment.apps/yages created",
      "service/yages created",
      "grpcroute.gateway.networking.k8s.io/yages created",
    ]);
  });

  test("S52: the second GatewayClass is accepted, beside the quickstart's", async () => {
    await expect
      .poll(() => guide().output("kubectl get gc --selector=example=grpc-routing"), soon)
      .toMatch(/^example-gateway-class +gateway\.envoyproxy\.io\/gatewayclass-controller +True /m);
    expect(await guide().output("kubectl get gc eg")).toMatch(/ True /);
  });

  test("S51: a GatewayClass of another controller gets no status", async () => {
    const reasons = "kubectl get gc foreign -o jsonpath='{.status.conditions[*].reason}'";
    // What the CRD has by default.
    expect(await guide().output(reasons)).toBe("Pending");
    await guide().output("kubectl delete gc foreign");
  });

  test("S53: the Gateway is programmed and has an address", async () => {
    await guide().output("kubectl wait --timeout=5m gateway/example-gateway --for=condition=Programmed");
    expect(await guide().output("kubectl get gateways --selector=example=grpc-routing")).toMatch(
      /^example-gateway +example-gateway-class +10\.17\d\.0\.\d+ +True /m,
    );
  });

  test("S54: the route is accepted by it", async () => {
    await expectAcceptedRoute(guide(), showRoutes, "example-gateway");
  });

  test("S55: its address is in its status", async () => {
    await guide().output(gatewayHost);
    expect(await guide().output("echo $GATEWAY_HOST")).toMatch(/^10\.17\d\.0\.\d+\n$/);
  });
}

export function grpc(guide: () => Guide): void {
  describe("gRPC", () => {
    installing(guide);

    test("S56: grpcurl gets its answer, messages found by reflection", async () => {
      await expectPong(guide(), ping);
      expect(await guide().output(reverse)).toBe('{\n  "text": "cba"\n}\n');
    });

    test("S57 S58: gRPC-Web is understood, its body an empty message", async () => {
      const answer = await guide().output(web);
      expect(answer).toContain("pong");
      expect(answer).toContain("grpc-status:0");
    });

    test("S59 S60 S62: exact matches: reflection and every Ping, applied from a pipe and from a file", async () => {
      await applyTwice(guide(), exact);
      await expectAcceptedRoute(guide(), showRoutes, "example-gateway");
      await expect.poll(async () => (await guide().run(reverse)).errors, soon).toContain("Code: Unimplemented");
      await expectPong(guide(), ping);
    });

    test("S59 S61 S62: regular expressions: every Echo service, and methods that begin with Pin", async () => {
      await applyTwice(guide(), regular);
      await expectAcceptedRoute(guide(), showRoutes, "example-gateway");
      await expectPong(guide(), ping);
      expect((await guide().run(reverse)).errors).toContain("Code: Unimplemented");
    });

    test("S63: HTTP goes on beside it", async () => {
      const host = "$(kubectl get gateway/eg -o jsonpath='{.status.addresses[0].value}')";
      const ask = `curl -sS -o /dev/null -H "Host: www.example.com" -w "%{http_code}\\n" http://${host}/get`;
      await expectCode(guide(), ask, 200);
    });
  });
}
