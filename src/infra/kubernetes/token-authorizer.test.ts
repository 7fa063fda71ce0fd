import { afterEach, beforeEach, expect, test } from "vitest";
import { KubeClient } from "../../kube/client.ts";
import { TestApiServer } from "../../kube/testing/api-server.ts";
import { createTokenAuthorizer } from "./token-authorizer.ts";

const audience = "envoy-gateway.system.svc.cluster.local";
const node = { id: "eg-1", cluster: "shop/eg" };

let api: TestApiServer;
let client: KubeClient;
beforeEach(async () => {
  api = new TestApiServer([]);
  await api.listen();
  client = new KubeClient(api.config);
});
afterEach(async () => {
  client.close();
  await api.close();
});

/** What becomes of a token about which the API server says `status`. */
function verdict(status: object, token: string | undefined = "token"): Promise<string | undefined> {
  api.intercept = () => ({ status: 201, body: { status } });
  return createTokenAuthorizer({ client, audience })(token, node);
}

function review(username: string, pod: string, audiences = [audience]): object {
  const user = { username, extra: { "authentication.kubernetes.io/pod-name": [pod] } };
  return { authenticated: true, audiences, user };
}

test("the pod of the Gateway's namespace is let in", async () => {
  expect(await verdict(review("system:serviceaccount:shop:eg", "eg-1"))).toBeUndefined();
  expect(api.received.map(({ method, url }) => `${method} ${url}`)).toEqual([
    "POST /apis/authentication.k8s.io/v1/tokenreviews",
  ]);
});

test.each([
  ["no token", review("system:serviceaccount:shop:eg", "eg-1"), "needed", ""],
  ["a token that is not valid", { authenticated: false, error: "expired" }, "expired", "token"],
  ["a token for somebody else", review("system:serviceaccount:shop:eg", "eg-1", ["other"]), "not for", "token"],
  ["another pod's token", review("system:serviceaccount:shop:eg", "eg-2"), "another pod's", "token"],
  ["a pod of another namespace", review("system:serviceaccount:evil:eg", "eg-1"), "runs in evil", "token"],
  ["a person's token", review("admin", "eg-1"), "no service account's", "token"],
])("%s is refused", async (_what, status, reason, token) => {
  expect(await verdict(status, token)).toContain(reason);
});

test("a pod of a namespace that is called like a class gets nothing of the class's Gateways", async () => {
  api.intercept = () => ({ status: 201, body: { status: review("system:serviceaccount:shared:eg", "eg-1") } });
  const authorize = createTokenAuthorizer({ client, audience });
  for (const cluster of ["shared", "shared/", "/shared", ""]) {
    expect(await authorize("token", { id: "eg-1", cluster })).toContain("is no Gateway");
  }
});

test("an API server that does not answer is no refusal", async () => {
  api.intercept = () => ({ status: 503 });
  await expect(createTokenAuthorizer({ client, audience })("token", node)).rejects.toMatchObject({ status: 503 });
});
