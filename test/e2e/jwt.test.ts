import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually, httpRoute, useBackend, useGateway } from "./harness/index.ts";
import { issuerManifest, type JwtIssuer, jwtPolicy, startIssuer } from "./jwt-issuer.ts";

const gateway = useGateway();
const a = useBackend("a");
const b = useBackend("b");
let issuer: JwtIssuer;

beforeAll(async () => {
  issuer = await startIssuer();
  await gateway().apply(a(), b(), issuerManifest(issuer));
});
afterAll(() => issuer.stop());

const toA = "- { backendRefs: [{ name: a, port: 80 }] }";
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

/** Status and body of a refusal, or the status and `served`. */
async function ask(host: string, headers: Record<string, string> = {}, path = "/"): Promise<readonly [number, string]> {
  const { status, body } = await gateway().request(path, { host, headers });
  return [status, status === 200 ? "served" : body];
}

/** A route of its own with a policy; returns its host. */
async function guarded(name: string, provider = "", jwt = ""): Promise<string> {
  const host = `${name}.test`;
  await gateway().apply(httpRoute(name, host, toA), jwtPolicy(name, `kind: HTTPRoute, name: ${name}`, provider, jwt));
  return host;
}

test("requests need a valid token; refusals say what is wrong", async () => {
  const host = await guarded("valid", "issuer: https://issuer.test\n      audiences: [shop]");
  expect(gateway().conditions("SecurityPolicy default/valid")).toEqual(["Accepted=True Accepted"]);
  const missing = await gateway().request("/foo", { host });
  expect([missing.status, missing.body]).toEqual([401, "Jwt is missing"]);
  expect(missing.headers["www-authenticate"]).toBe(`Bearer realm="http://${host}/foo"`);
  const with_ = async (...[claims, options]: Parameters<JwtIssuer["token"]>) =>
    ask(host, bearer(await issuer.token(claims, options)));
  expect(await with_()).toEqual([200, "served"]);
  expect(await with_({}, { isForged: true })).toEqual([401, "Jwt verification fails"]);
  expect(await with_({}, { expiresIn: -600 })).toEqual([401, "Jwt is expired"]);
  expect(await with_({}, { issuer: "https://other.test" })).toEqual([401, "Jwt issuer is not configured"]);
  expect(await with_({}, { audience: "others" })).toEqual([403, "Audiences in Jwt are not allowed"]);
  expect(await ask(host, bearer("garbage"))).toEqual([
    401,
    "Jwt is not in the form of Header.Payload.Signature with two dots and 3 sections",
  ]);
  expect(await ask(host, {}, `/?access_token=${await issuer.token()}`)).toEqual([200, "served"]);
});

test("a route without policy is served without a token, and a route whose policy goes is so again", async () => {
  const host = await guarded("removed");
  await gateway().apply(httpRoute("open", "open.test", toA));
  expect(await ask("open.test")).toEqual([200, "served"]);
  expect(await ask(host)).toEqual([401, "Jwt is missing"]);
  await gateway().delete("SecurityPolicy default/removed");
  expect(await ask(host)).toEqual([200, "served"]);
});

test("optional: requests without a token pass, those with a bad one do not", async () => {
  const host = await guarded("optional", "", "optional: true");
  expect(await ask(host)).toEqual([200, "served"]);
  expect(await ask(host, bearer(await issuer.token()))).toEqual([200, "served"]);
  expect(await ask(host, bearer(await issuer.token({}, { isForged: true })))).toEqual([401, "Jwt verification fails"]);
});

test("failOpen: requests with a bad token pass as well, without claims", async () => {
  const host = await guarded("fail-open", "claimToHeaders: [{ header: x-sub, claim: sub }]", "failOpen: true");
  const forged = await gateway().request("/", {
    host,
    headers: bearer(await issuer.token({ sub: "jo" }, { isForged: true })),
  });
  expect([forged.status, forged.echo.headers["x-sub"]]).toEqual([200, undefined]);
});

test("claims are told to the backend, nested ones too, and never believed from a client", async () => {
  const host = await guarded(
    "claims",
    "claimToHeaders: [{ header: x-sub, claim: sub }, { header: x-city, claim: address.city }]",
  );
  const headers = { ...bearer(await issuer.token({ sub: "jo", address: { city: "Ulm" } })), "x-sub": "root" };
  const { echo } = await gateway().request("/", { host, headers });
  expect([echo.headers["x-sub"], echo.headers["x-city"]]).toEqual([["jo"], ["Ulm"]]);
});

test("recomputeRoute: rules can match the headers made from claims", async () => {
  const byRole = `
- { matches: [{ headers: [{ name: x-role, value: admin }] }], backendRefs: [{ name: b, port: 80 }] }
${toA}`;
  await gateway().apply(
    httpRoute("by-role", "by-role.test", byRole),
    jwtPolicy(
      "by-role",
      "kind: HTTPRoute, name: by-role",
      "recomputeRoute: true\n      claimToHeaders: [{ header: x-role, claim: role }]",
    ),
  );
  const podOf = async (role: string) => {
    const answer = await gateway().request("/", {
      host: "by-role.test",
      headers: bearer(await issuer.token({ role })),
    });
    return answer.echo.pod;
  };
  expect([await podOf("admin"), await podOf("guest")]).toEqual(["b", "a"]);
});

test("extractFrom: the token is taken from the header, cookie or parameter named, and from nowhere else", async () => {
  const host = await guarded(
    "extract",
    "extractFrom: { headers: [{ name: x-token, valuePrefix: 'Token ' }], cookies: [session], params: [t] }",
  );
  const token = await issuer.token();
  expect(await ask(host, bearer(token))).toEqual([401, "Jwt is missing"]);
  expect(await ask(host, { "x-token": `Token ${token}` })).toEqual([200, "served"]);
  expect(await ask(host, { cookie: `session=${token}` })).toEqual([200, "served"]);
  expect(await ask(host, {}, `/?t=${token}`)).toEqual([200, "served"]);
});

test("localJWKS: keys in the policy and in a ConfigMap, whose change takes effect", async () => {
  const policy = (name: string, keys: string) => `---
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: SecurityPolicy
metadata: { name: ${name}, namespace: default }
spec:
  targetRefs: [{ group: gateway.networking.k8s.io, kind: HTTPRoute, name: ${name} }]
  jwt: { providers: [{ name: local, localJWKS: { ${keys} } }] }
`;
  const configMap = (keySet: string) => `---
apiVersion: v1
kind: ConfigMap
metadata: { name: keys, namespace: default }
data: { jwks: ${JSON.stringify(keySet)} }
`;
  const other = await startIssuer();
  other.stop();
  await gateway().apply(
    httpRoute("inline", "inline.test", toA),
    httpRoute("value-ref", "value-ref.test", toA),
    policy("inline", `inline: ${JSON.stringify(issuer.keySet)}`),
    policy("value-ref", `type: ValueRef, valueRef: { group: "", kind: ConfigMap, name: keys }`),
    configMap(other.keySet),
  );
  const mine = bearer(await issuer.token());
  expect(await ask("inline.test", mine)).toEqual([200, "served"]);
  expect(await ask("value-ref.test", mine)).toEqual([401, "Jwt verification fails"]);
  expect(await ask("value-ref.test", bearer(await other.token()))).toEqual([200, "served"]);
  await gateway().apply(configMap(issuer.keySet));
  expect(await ask("value-ref.test", mine)).toEqual([200, "served"]);
  await gateway().delete("ConfigMap default/keys");
  expect((await ask("value-ref.test", mine))[0]).toBe(500);
  expect(gateway().status("SecurityPolicy default/value-ref")?.ancestors?.[0]?.conditions[0]).toMatchObject({
    status: "False",
    reason: "Invalid",
    message: "spec.jwt.providers[0].localJWKS.valueRef: ConfigMap default/keys does not exist.",
  });
});

test("the policy of a rule comes before that of its route, and that before the Gateway's", async () => {
  const rules = `
- { name: free, matches: [{ path: { value: /free } }], backendRefs: [{ name: a, port: 80 }] }
- { name: rest, backendRefs: [{ name: a, port: 80 }] }`;
  const audience = (name: string) => `audiences: [${name}]`;
  await gateway().apply(
    httpRoute("whole", "whole.test", toA),
    httpRoute("levels", "levels.test", rules),
    jwtPolicy("of-gateway", "kind: Gateway, name: eg", audience("gateway")),
    jwtPolicy("of-route", "kind: HTTPRoute, name: levels", audience("route")),
    jwtPolicy("of-rule", "kind: HTTPRoute, name: levels, sectionName: free", audience("rule")),
  );
  const statusOf = async (host: string, path: string, audience: string) =>
    (await ask(host, bearer(await issuer.token({}, { audience })), path))[0];
  expect(await statusOf("whole.test", "/", "gateway")).toBe(200);
  expect(await statusOf("whole.test", "/", "route")).toBe(403);
  expect(await statusOf("levels.test", "/", "route")).toBe(200);
  expect(await statusOf("levels.test", "/", "gateway")).toBe(403);
  expect(await statusOf("levels.test", "/free", "rule")).toBe(200);
  expect(await statusOf("levels.test", "/free", "route")).toBe(403);
  expect(gateway().conditions("SecurityPolicy default/of-gateway")).toEqual([
    "Accepted=True Accepted",
    "Overridden=True Overridden",
  ]);
  await gateway().delete("SecurityPolicy default/of-rule", "SecurityPolicy default/of-route");
  expect(await statusOf("levels.test", "/free", "gateway")).toBe(200);
  await gateway().delete("SecurityPolicy default/of-gateway");
  expect(await ask("whole.test")).toEqual([200, "served"]);
});

test("a policy with a feature that is not supported yet lets nothing pass", async () => {
  const host = "unsupported.test";
  await gateway().apply(
    httpRoute("unsupported", host, toA),
    `---
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: SecurityPolicy
metadata: { name: unsupported, namespace: default }
spec:
  targetRefs: [{ group: gateway.networking.k8s.io, kind: HTTPRoute, name: unsupported }]
  basicAuth: { users: { name: users } }
`,
  );
  expect((await ask(host))[0]).toBe(500);
  expect(gateway().conditions("SecurityPolicy default/unsupported")).toEqual(["Accepted=False Invalid"]);
});

test("no request is answered wrongly while policies come, change and go, and listeners stay as they are", async () => {
  const host = "busy.test";
  await gateway().apply(httpRoute("busy", host, toA), httpRoute("bystander", "bystander.test", toA));
  await gateway().apply(jwtPolicy("bystander", "kind: HTTPRoute, name: bystander"));
  const token = await issuer.token({ sub: "jo" });
  const listenerUpdates = async () =>
    /listener_manager.listener_modified: (\d+)/.exec(await gateway().admin("/stats"))?.[1];
  const before = await listenerUpdates();
  expect(before).toMatch(/^\d+$/);
  const wrong: string[] = [];
  let isDone = false;
  const load = async (to: string, isWrong: (status: number) => boolean, headers: Record<string, string>) => {
    while (!isDone) {
      const { status, body } = await gateway().request("/", { host: to, headers });
      if (isWrong(status)) wrong.push(`${to} ${status} ${body}`);
    }
  };
  // A valid token is always enough; without one there is no other refusal than that it is missing; a neighbour notices nothing.
  const loads = [
    load(host, (status) => status !== 200, bearer(token)),
    load(host, (status) => status !== 200 && status !== 401, {}),
    load("bystander.test", (status) => status !== 401, {}),
    load("bystander.test", (status) => status !== 200, bearer(token)),
  ];
  for (let round = 0; round < 10; round++) {
    await gateway().apply(jwtPolicy("busy", "kind: HTTPRoute, name: busy"));
    expect(await ask(host)).toEqual([401, "Jwt is missing"]);
    await gateway().apply(
      jwtPolicy("busy", "kind: HTTPRoute, name: busy", `claimToHeaders: [{ header: x-round-${round}, claim: sub }]`),
    );
    const { echo } = await gateway().request("/", { host, headers: bearer(token) });
    expect(echo.headers[`x-round-${round}`]).toEqual(["jo"]);
    await gateway().delete("SecurityPolicy default/busy");
    expect(await ask(host)).toEqual([200, "served"]);
  }
  isDone = true;
  await Promise.all(loads);
  expect(wrong).toEqual([]);
  expect(await listenerUpdates()).toBe(before);
});

test("a provider's cluster leaves Envoy with the last policy that needs it", async () => {
  await gateway().apply(
    httpRoute("url", "url.test", toA),
    jwtPolicy("url", "kind: HTTPRoute, name: url").replace(/ +backendRefs: .*\n/, ""),
  );
  expect(await gateway().admin("/clusters")).toContain("jwks_test_443/tls::");
  await gateway().delete("SecurityPolicy default/url");
  await eventually(async () => expect(await gateway().admin("/clusters")).not.toContain("jwks_test_443/tls::"));
});
