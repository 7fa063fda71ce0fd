/** GRPCRoute, as far as the end-to-end tests do not show it already: see the catalog. */
import { beforeAll, expect, test } from "vitest";
import { startGrpcBackend } from "../e2e/harness/grpc/backend.ts";
import { GrpcCaller, useGrpcBackend } from "../e2e/harness/grpc/index.ts";
import { type CertificateWithKey, caConfigMap, makeCertificate, serviceManifest } from "../e2e/harness/index.ts";
import { attached, expectAttached, expectParents, expectShares, route, useTestBed } from "./support/index.ts";

const { gateway, apply } = useTestBed();
const backends = ["one", "two", "three"].map((name) => useGrpcBackend(name));
beforeAll(() => gateway().apply(...backends.map((backend) => backend().manifest)));

const eg = "Gateway default/eg";
const match = (method: string) => `matches: [{ method: { service: test.Calls, method: ${method} } }]`;
const to = (name: string, more = "") => `backendRefs: [{ name: ${name}, port: 80${more} }]`;

/** Name of the backend that takes a call, or the status. */
async function ask(method: string, authority = "grpc.test"): Promise<string> {
  const { status, answer } = await new GrpcCaller(gateway().port).call(`test.Calls/${method}`, { authority });
  return status === "OK" ? answer.pod : status;
}

async function serve(name: string, rules: string): Promise<void> {
  await apply(route("GRPCRoute", name, { rules }));
  expectAttached(gateway(), eg, `GRPCRoute default/${name}`);
}

test("GRPCRouteNamedRule: rules with and without a name are served", async () => {
  await serve("named", `- { name: first, ${match("Echo")}, ${to("one")} }\n- { ${match("EchoTwo")}, ${to("two")} }`);
  expect([await ask("Echo"), await ask("EchoTwo"), await ask("EchoThree")]).toEqual(["one", "two", "UNIMPLEMENTED"]);
});

test("GRPCRouteWeight: calls are shared out by weight within 5 %", async () => {
  const ref = (name: string, weight: number) => `{ name: ${name}, port: 80, weight: ${weight} }`;
  await serve("weights", `- { backendRefs: [${ref("one", 70)}, ${ref("two", 30)}, ${ref("three", 0)}] }`);
  await expectShares(() => ask("Echo"), { one: 0.7, two: 0.3, three: 0 });
});

test("GRPCRouteRequestHeaderModifier: headers of a call are set, added and removed, whatever their case", async () => {
  const modify = (fields: string) => `filters: [{ type: RequestHeaderModifier, requestHeaderModifier: { ${fields} } }]`;
  const several = `set: [{ name: X-Set-1, value: s1 }, { name: X-Set-2, value: s2 }], add: [{ name: X-Add-1, value: a1 }, { name: X-Add-2, value: a2 }], remove: [X-Remove-1, X-Remove-2]`;
  const rules = [
    `- { ${match("Echo")}, ${modify("set: [{ name: X-Set, value: ours }], add: [{ name: X-Add, value: ours }], remove: [X-Remove]")}, ${to("one")} }`,
    `- { ${match("EchoTwo")}, ${modify(several)}, ${to("two")} }`,
  ];
  await serve("headers", rules.join("\n"));
  const seen = async (method: string, metadata: Record<string, string>) =>
    (await new GrpcCaller(gateway().port).call(`test.Calls/${method}`, { authority: "grpc.test", metadata })).answer
      .headers;
  const plain = await seen("Echo", { "x-other": "any" });
  expect(plain).toMatchObject({ "x-other": "any", "x-set": "ours", "x-add": "ours" });
  const changed = await seen("Echo", { "X-Set": "theirs", "X-Add": "theirs", "X-Remove": "any" });
  expect(changed).toMatchObject({ "x-set": "ours", "x-add": expect.stringMatching(/^theirs, ?ours$/) });
  expect(changed).not.toHaveProperty("x-remove");
  const all = await seen("EchoTwo", { "x-set-2": "t2", "x-add-2": "t2", "x-remove-2": "any", "x-other": "any" });
  expect(all).toMatchObject({ "x-set-1": "s1", "x-set-2": "s2", "x-add-1": "a1", "x-other": "any" });
  expect(all["x-add-2"]).toMatch(/^t2, ?a2$/);
  for (const name of ["x-remove-1", "x-remove-2"]) expect(all).not.toHaveProperty(name);
});

test("BackendTLSPolicyGRPCRoute: calls go over TLS to the server that a policy expects, and to no other", async () => {
  const [ca, stranger]: CertificateWithKey[] = [
    await makeCertificate({ names: ["ca"] }),
    await makeCertificate({ names: ["stranger"] }),
  ];
  if (!ca || !stranger) throw new Error("no certificates");
  const backend = await startGrpcBackend("secure", { tls: await makeCertificate({ names: ["abc.test"], issuer: ca }) });
  const cases = { right: ["abc.test", "ca"], "wrong-host": ["other.test", "ca"], "wrong-ca": ["abc.test", "stranger"] };
  try {
    await apply(caConfigMap("ca", ca), caConfigMap("stranger", stranger));
    for (const [name, [hostname, authority]] of Object.entries(cases)) {
      await apply(
        serviceManifest({ name, endpoints: [{ port: backend.port }] }),
        `---
apiVersion: gateway.networking.k8s.io/v1
kind: BackendTLSPolicy
metadata: { name: ${name}, namespace: default }
spec:
  targetRefs: [{ group: "", kind: Service, name: ${name}, sectionName: http }]
  validation: { hostname: ${hostname}, caCertificateRefs: [{ group: "", kind: ConfigMap, name: ${authority} }] }
`,
        route("GRPCRoute", name, { hostnames: [`${name}.test`], rules: `- { ${match("Echo")}, ${to(name)} }` }),
      );
      expectAttached(gateway(), eg, `GRPCRoute default/${name}`);
      expectParents(gateway(), `BackendTLSPolicy default/${name}`, { [eg]: attached });
    }
    expect(await ask("Echo", "right.test")).toBe("secure");
    expect(await ask("Echo", "wrong-host.test")).toBe("UNAVAILABLE");
    expect(await ask("Echo", "wrong-ca.test")).toBe("UNAVAILABLE");
  } finally {
    await backend.stop();
  }
});
