import { expect, test } from "vitest";
import { httpRoute, serviceManifest, useBackend, useGateway } from "./harness/index.ts";

const gateway = useGateway();
const a = useBackend("a");
const b = useBackend("b");

/** Answers of several requests: names of backends, or statuses. */
async function takers(host: string): Promise<string[]> {
  const found = new Set<string>();
  for (let i = 0; i < 24; i++) {
    const answer = await gateway().request("/", { host });
    found.add(answer.status === 200 ? answer.echo.pod : String(answer.status));
  }
  return [...found].sort();
}

const route = (name: string) => httpRoute(name, `${name}.test`, `- backendRefs: [{ name: ${name}, port: 80 }]`);

test("a Service without ready endpoints gives 503, and is served as soon as it has one", async () => {
  await gateway().apply(serviceManifest({ name: "empty", endpoints: [] }), route("empty"));
  expect(await takers("empty.test")).toEqual(["503"]);
  expect(gateway().conditions("HTTPRoute default/empty")).toContain("ResolvedRefs=True ResolvedRefs");
  await gateway().apply(serviceManifest({ name: "empty", endpoints: [{ port: a().port }] }));
  expect(await takers("empty.test")).toEqual(["a"]);
  await gateway().delete("EndpointSlice default/empty-0");
  expect(await takers("empty.test")).toEqual(["503"]);
});

test.each([
  ["no conditions", "{}", "a,b"],
  ["ready", "{ ready: true }", "a,b"],
  ["not ready", "{ ready: false }", "a"],
  ["not ready and not serving", "{ ready: false, serving: false, terminating: true }", "a"],
  [
    "draining: no new request while another endpoint is ready",
    "{ ready: false, serving: true, terminating: true }",
    "a",
  ],
])("an endpoint with %s", async (what, conditions, expected) => {
  const name = `conditions-${what
    .replaceAll(/[^a-z]+/g, "-")
    .slice(0, 20)
    .replace(/-$/, "")}`;
  const endpoints = [{ port: a().port }, { port: b().port, conditions }];
  await gateway().apply(serviceManifest({ name, endpoints }), route(name));
  expect(await takers(`${name}.test`)).toEqual(expected.split(","));
});

test("endpoints move from one backend to another without a failed request", async () => {
  await gateway().apply(serviceManifest({ name: "moving", endpoints: [{ port: a().port }] }), route("moving"));
  const statuses = new Set<number>();
  let isDone = false;
  const load = (async () => {
    while (!isDone) statuses.add((await gateway().request("/", { host: "moving.test" })).status);
  })();
  for (let i = 0; i < 6; i++) {
    const { port } = i % 2 === 0 ? b() : a();
    await gateway().apply(serviceManifest({ name: "moving", endpoints: [{ port }] }));
    expect(await takers("moving.test")).toEqual([i % 2 === 0 ? "b" : "a"]);
  }
  isDone = true;
  await load;
  expect([...statuses]).toEqual([200]);
});

test("several slices of a Service are one pool", async () => {
  const endpoints = [{ port: a().port }, { port: b().port }];
  await gateway().apply(serviceManifest({ name: "slices", endpoints }), route("slices"));
  expect(await takers("slices.test")).toEqual(["a", "b"]);
  await gateway().delete("EndpointSlice default/slices-0");
  expect(await takers("slices.test")).toEqual(["b"]);
});

test("the Service's port decides which port of the slice is meant", async () => {
  const slice = `---
apiVersion: v1
kind: Service
metadata: { name: ports, namespace: default }
spec: { ports: [{ name: one, port: 80 }, { name: two, port: 90 }] }
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: ports, namespace: default, labels: { kubernetes.io/service-name: ports } }
addressType: IPv4
ports: [{ name: one, port: ${a().port} }, { name: two, port: ${b().port} }]
endpoints: [{ addresses: ["127.0.0.1"] }]
`;
  const rule = (port: number) =>
    `- { matches: [{ path: { value: /${port} } }], backendRefs: [{ name: ports, port: ${port} }] }`;
  await gateway().apply(slice, httpRoute("ports", "ports.test", `${rule(80)}\n${rule(90)}`));
  expect((await gateway().request("/80", { host: "ports.test" })).echo.pod).toBe("a");
  expect((await gateway().request("/90", { host: "ports.test" })).echo.pod).toBe("b");
});

test("endpoints may be host names", async () => {
  const manifest = serviceManifest({ name: "names", endpoints: [{ port: a().port, address: "localhost" }] });
  await gateway().apply(manifest.replace("addressType: IPv4", "addressType: FQDN"), route("names"));
  expect(await takers("names.test")).toEqual(["a"]);
});

test("a Service that is deleted gives 500 and is served again when it is back", async () => {
  await gateway().apply(serviceManifest({ name: "back", endpoints: [{ port: a().port }] }), route("back"));
  expect(await takers("back.test")).toEqual(["a"]);
  await gateway().delete("Service default/back");
  expect(await takers("back.test")).toEqual(["500"]);
  await gateway().apply(serviceManifest({ name: "back", endpoints: [{ port: b().port }] }));
  expect(await takers("back.test")).toEqual(["b"]);
});
