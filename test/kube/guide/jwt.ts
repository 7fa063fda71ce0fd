/** The JSON Web Token task of the guide (S64 to S78), its commands as they stand there. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { root } from "../../../tools/lint/check.ts";
import type { Guide } from "../harness/guide.ts";
import { adminPage, openAdmin } from "./admin.ts";
import { expectAcceptedPolicy, expectAcceptedRoute, expectCode, selector, soon } from "./cluster-objects.ts";
import { expectPong, gatewayHost, ping } from "./grpc.ts";
import { remoteKeys } from "./remote-keys.ts";

const examples = "https://raw.githubusercontent.com/envoyproxy/gateway/latest/examples/kubernetes";
const ask = (path: string, header = ""): string =>
  `curl -sS -o /dev/null -H "Host: www.example.com"${header} -w "%{http_code}\\n" http://$GATEWAY_HOST${path}`;
const withToken = ' -H "Authorization: Bearer $TOKEN"';
const showPolicy = "kubectl get securitypolicy/jwt-example -o yaml";
const fetchToken =
  "TOKEN=$(curl https://raw.githubusercontent.com/envoyproxy/gateway/main/examples/kubernetes/jwt/test.jwt -s) && echo \"$TOKEN\" | cut -d '.' -f2 - | base64 --decode -";

/** Slashes are escaped, as JSON may have them, so that addresses reach the policy as they are. */
const patchPolicy = (patch: object): string =>
  `kubectl patch securitypolicy/jwt-example --type=merge --patch '${JSON.stringify(patch).replaceAll("/", "\\/")}'`;
const target = (kind: string, name: string): object => ({
  spec: { targetRefs: [{ group: "gateway.networking.k8s.io", kind, name }] },
});

/** Where the guide's own example has its keys. */
const keyServer = "raw.githubusercontent.com";
const keysUri = `https://${keyServer}/envoyproxy/gateway/main/examples/kubernetes/jwt/jwks.json`;

function http(guide: () => Guide): void {
  test("S66 S67: jwt.yaml makes two routes and a policy, all accepted", async () => {
    expect((await guide().output(`kubectl apply -f ${examples}/jwt/jwt.yaml`)).trimEnd().split("\n")).toEqual([
      "httproute.gateway.networking.k8s.io/foo created",
      "httproute.gateway.networking.k8s.io/bar created",
      "securitypolicy.gateway.envoyproxy.io/jwt-example created",
    ]);
    await expectAcceptedRoute(guide(), "kubectl get httproute/foo -o yaml", "eg");
    await expectAcceptedRoute(guide(), "kubectl get httproute/bar -o yaml", "eg");
  });

  test("S68: the policy is accepted, with one provider of keys", async () => {
    const policy = await expectAcceptedPolicy(guide(), showPolicy, "eg");
    expect(policy.spec).toMatchObject({ jwt: { providers: [{ name: "example" }] } });
  });

  test("S70 S71: without a token /foo is refused", async () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the shell that puts something in its place
    const service = "svc/${ENVOY_SERVICE} -n envoy-gateway-system";
    await guide().output(
      `export GATEWAY_HOST=$(kubectl get ${service} -o jsonpath='{.status.loadBalancer.ingress[0].ip}')`,
    );
    expect(await guide().output("echo $GATEWAY_HOST")).toMatch(/^10\./);
    await expectCode(guide(), ask("/foo"), 401);
    const answer = await guide().output('curl -s -i -H "Host: www.example.com" http://$GATEWAY_HOST/foo');
    expect(answer).toContain('www-authenticate: Bearer realm="http://www.example.com/foo"\r\n');
    expect(answer).toMatch(/\r\n\r\nJwt is missing$/);
  });

  test("S34 S72: the token is fetched, and can be read", async () => {
    // base64 complains, since the token's parts lack what fills them up; what it writes is complete.
    expect(JSON.parse((await guide().run(fetchToken)).output)).toEqual({
      sub: "1234567890",
      name: "John Doe",
      admin: true,
      iat: 1516239022,
    });
    expect(JSON.parse((await guide().run(fetchToken.replace("-f2", "-f1"))).output)).toEqual({
      alg: "RS256",
      typ: "JWT",
    });
  });

  test("S64 S73: with the token in its header /foo is answered, with another one it is not", async () => {
    expect(await guide().output("echo $TOKEN")).toBe(
      readFileSync(join(root, "examples/kubernetes/jwt/test.jwt"), "utf8"),
    );
    await expectCode(guide(), ask("/foo", withToken), 200);
    await expectCode(guide(), ask("/foo", ' -H "Authorization: Bearer garbage"'), 401);
  });

  test("S74: without a token /bar is answered", async () => {
    await expectCode(guide(), ask("/bar"), 200);
  });

  test("S65: a policy for a Gateway is for all its routes", async () => {
    await guide().output(patchPolicy(target("Gateway", "eg")));
    await expectAcceptedPolicy(guide(), showPolicy, "eg");
    await expectCode(guide(), ask("/bar"), 401);
    await expectCode(guide(), ask("/bar", withToken), 200);
    await guide().output(patchPolicy(target("HTTPRoute", "foo")));
    await expectCode(guide(), ask("/bar"), 200);
    await expectCode(guide(), ask("/foo"), 401);
  });

  test("S78: keys at a URI are fetched by Envoy over TLS, and only /foo waits for them", async () => {
    await openAdmin(guide(), selector);
    const remote = { name: "example", remoteJWKS: { uri: keysUri } };
    await guide().output(patchPolicy({ spec: { jwt: { providers: [remote] } } }));
    await expect.poll(() => adminPage(guide(), "/config_dump"), soon).toContain(`"uri": "${keysUri}"`);
    const dump = await adminPage(guide(), "/config_dump?resource=dynamic_active_clusters");
    const clusters = (JSON.parse(dump) as { configs: { cluster: { name: string } }[] }).configs
      .map(({ cluster }) => cluster)
      .filter((cluster) => JSON.stringify(cluster).includes(keyServer));
    expect(clusters).toHaveLength(1);
    const text = JSON.stringify(clusters);
    expect(text).toContain(`"socket_address":{"address":"${keyServer}","port_value":443}`);
    expect(text).toContain("envoy.transport_sockets.tls");
    await expectCode(guide(), ask("/bar"), 200);
    await expectCode(guide(), ask("/foo"), 401);
    guide().stopBackground();
  });

  remoteKeys(guide);

  test("S77: when the policy is deleted /foo is answered without a token", async () => {
    expect(await guide().output("kubectl delete securitypolicy/jwt-example")).toMatch(/"jwt-example" deleted/);
    await expectCode(guide(), ask("/foo"), 200);
  });
}

function grpc(guide: () => Guide): void {
  test("S65 S69: grpc-jwt.yaml makes a policy for the GRPCRoute, and both are accepted", async () => {
    await guide().output(`kubectl apply -f ${examples}/jwt/grpc-jwt.yaml`);
    await expectAcceptedRoute(guide(), "kubectl get grpcroute/yages -o yaml", "example-gateway");
    await expectAcceptedPolicy(guide(), showPolicy, "example-gateway");
  });

  test("S75: without a token a call is refused", async () => {
    await guide().output(gatewayHost);
    await expect.poll(async () => (await guide().run(ping)).errors, soon).toContain("Jwt is missing");
    const { code, errors } = await guide().run(ping);
    expect(code).not.toBe(0);
    expect(errors).toBe(
      'Error invoking method "yages.Echo/Ping": rpc error: code = Unauthenticated desc = failed to query for service descriptor "yages.Echo": Jwt is missing\n',
    );
  });

  test("S76: with the token it is answered", async () => {
    await guide().run(fetchToken);
    await expectPong(guide(), ping.replace("-plaintext", '-plaintext -H "authorization: Bearer $TOKEN"'));
  });

  test("S77: when the policy is deleted calls are answered without a token, and all examples can go", async () => {
    await guide().output("kubectl delete securitypolicy/jwt-example");
    await expectPong(guide(), ping);
    await guide().output(`kubectl delete -f ${examples}/grpc-routing.yaml`);
    await guide().output("kubectl delete httproute/foo httproute/bar");
  });
}

export function jwt(guide: () => Guide): void {
  describe("JSON Web Tokens: HTTPRoute", () => http(guide));
  describe("JSON Web Tokens: GRPCRoute", () => grpc(guide));
}
