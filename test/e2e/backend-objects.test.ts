import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { httpRoute, useBackend, useGateway } from "./harness/index.ts";

const directory = mkdtempSync(join(tmpdir(), "eg-socket-"));
afterAll(() => rmSync(directory, { recursive: true }));
const socket = join(directory, "backend.sock");

const gateway = useGateway();
const a = useBackend("a");
const b = useBackend("b");
const unix = useBackend("unix", { socket });

const backend = (name: string, endpoint: string, more = "") => `---
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: Backend
metadata: { name: ${name}, namespace: default }
spec:
  endpoints: [${endpoint}]
  ${more}
`;
const ip = (port: number) => `{ ip: { address: 127.0.0.1, port: ${port} } }`;
const ref = (name: string) => `{ group: gateway.envoyproxy.io, kind: Backend, name: ${name} }`;
const weighted = (name: string, weight: number) =>
  `{ group: gateway.envoyproxy.io, kind: Backend, name: ${name}, weight: ${weight} }`;
const route = (name: string, ...refs: readonly string[]) =>
  httpRoute(name, `${name}.test`, `- { backendRefs: [${(refs.length > 0 ? refs : [ref(name)]).join(", ")}] }`);

async function takers(host: string): Promise<string[]> {
  const found = new Set<string>();
  for (let i = 0; i < 20; i++) {
    const answer = await gateway().request("/", { host });
    found.add(answer.status === 200 ? answer.echo.pod : String(answer.status));
  }
  return [...found].sort();
}

test("a Backend with addresses is served and follows changes of them", async () => {
  await gateway().apply(backend("addresses", ip(a().port)), route("addresses"));
  expect(await takers("addresses.test")).toEqual(["a"]);
  await gateway().apply(backend("addresses", `${ip(a().port)}, ${ip(b().port)}`));
  expect(await takers("addresses.test")).toEqual(["a", "b"]);
  await gateway().apply(backend("addresses", ip(b().port)));
  expect(await takers("addresses.test")).toEqual(["b"]);
  expect(gateway().conditions("Backend default/addresses")).toEqual(["Accepted=True Accepted"]);
});

test("a Backend may be a host name", async () => {
  await gateway().apply(backend("fqdn", `{ fqdn: { hostname: localhost, port: ${a().port} } }`), route("fqdn"));
  expect(await takers("fqdn.test")).toEqual(["a"]);
});

test("a Backend may be a Unix socket", async () => {
  await gateway().apply(backend("socket", `{ unix: { path: ${socket} } }`), route("socket"));
  expect(await takers("socket.test")).toEqual([unix().name]);
});

test("a Backend may speak HTTP/2 without TLS", async () => {
  await gateway().apply(backend("h2c", ip(a().port), "appProtocols: [gateway.envoyproxy.io/h2c]"), route("h2c"));
  expect((await gateway().request("/", { host: "h2c.test" })).echo.proto).toBe("HTTP/2.0");
});

test("a fallback Backend gets nothing while another one is there, and everything without", async () => {
  const both = route("fallback", ref("fallback-main"), ref("fallback-spare"));
  await gateway().apply(
    backend("fallback-main", ip(a().port)),
    backend("fallback-spare", ip(b().port), "fallback: true"),
    both,
  );
  expect(await takers("fallback.test")).toEqual(["a"]);
  await gateway().apply(route("fallback", ref("fallback-spare")));
  expect(await takers("fallback.test")).toEqual(["b"]);
  await gateway().apply(both);
  expect(await takers("fallback.test")).toEqual(["a"]);
});

test("beside a fallback Backend the others share by weight, and keep sessions as their policy says", async () => {
  const unixEndpoint = `{ unix: { path: ${socket} } }`;
  await gateway().apply(
    backend("weight-one", `${ip(a().port)}, ${ip(b().port)}`),
    backend("weight-three", unixEndpoint),
    backend("weight-spare", ip(1), "fallback: true"),
    route("weights", weighted("weight-one", 1), weighted("weight-three", 3), ref("weight-spare")),
  );
  const taken = new Map<string, number>();
  const ask = async (headers: Readonly<Record<string, string>> = {}) => {
    const answer = await gateway().request("/", { host: "weights.test", headers });
    taken.set(answer.echo.pod, (taken.get(answer.echo.pod) ?? 0) + 1);
    return answer.headers["set-cookie"]?.toString().split(";")[0];
  };
  for (let i = 0; i < 200; i++) await ask();
  // By number of endpoints it would be a third.
  expect(taken.get(unix().name)).toBeGreaterThan(110);
  expect([...taken.keys()].sort()).toEqual(["a", "b", unix().name].sort());
  await gateway().apply(`---
apiVersion: gateway.networking.x-k8s.io/v1alpha1
kind: XBackendTrafficPolicy
metadata: { name: weights, namespace: default }
spec:
  targetRefs:
    - { group: gateway.envoyproxy.io, kind: Backend, name: weight-one }
    - { group: gateway.envoyproxy.io, kind: Backend, name: weight-three }
  sessionPersistence: { type: Cookie, cookie: { name: kept } }
`);
  const cookie = await ask();
  expect(cookie).toMatch(/^kept=/);
  taken.clear();
  for (let i = 0; i < 20; i++) await ask({ cookie: cookie ?? "" });
  expect(taken.size).toBe(1);
});

test("Backends and Services share a rule by weight", async () => {
  await gateway().apply(b(), backend("mixed", ip(a().port)), route("mixed", ref("mixed"), "{ name: b, port: 80 }"));
  expect(await takers("mixed.test")).toEqual(["a", "b"]);
});

test("a Backend that does not exist gives 500 until it appears", async () => {
  await gateway().apply(route("late"));
  expect(await takers("late.test")).toEqual(["500"]);
  expect(gateway().conditions("HTTPRoute default/late")).toContain("ResolvedRefs=False BackendNotFound");
  await gateway().apply(backend("late", ip(a().port)));
  expect(await takers("late.test")).toEqual(["a"]);
  expect(gateway().conditions("HTTPRoute default/late")).toContain("ResolvedRefs=True ResolvedRefs");
  await gateway().delete("Backend default/late");
  expect(await takers("late.test")).toEqual(["500"]);
});
