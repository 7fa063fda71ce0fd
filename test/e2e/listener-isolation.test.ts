import { beforeAll, expect, test } from "vitest";
import { eventually, gatewayManifest, useBackend, useGateway } from "./harness/index.ts";

const listener = (name: string, port: number | undefined, hostname = "") =>
  `- { name: ${name}, protocol: HTTP, port: ${port}${hostname ? `, hostname: "${hostname}"` : ""}, allowedRoutes: { namespaces: { from: All } } }\n`;

const gateway = useGateway({
  listeners: ([port]) =>
    listener("any", port) +
    listener("wild", port, "*.example.test") +
    listener("wilder", port, "*.foo.example.test") +
    listener("precise", port, "abc.foo.example.test"),
});
const backends = ["any", "wild", "wilder", "precise"].map((name) => useBackend(name));

const route = (name: string, hostnames = "") => `---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: ${name}, namespace: default }
spec:
  parentRefs: [{ name: eg, sectionName: ${name} }]
  ${hostnames}
  rules: [{ matches: [{ path: { value: /${name} } }], backendRefs: [{ name: ${name}, port: 80 }] }]
`;

beforeAll(() =>
  gateway().apply(
    ...backends.map((backend) => backend()),
    ...["any", "wild", "wilder", "precise"].map((name) => route(name)),
  ),
);

const paths = ["/any", "/wild", "/wilder", "/precise"];

/** Path under which a host is served; each listener's route has a path of its own. */
async function servedPaths(host: string): Promise<string[]> {
  const answers = await Promise.all(paths.map((path) => gateway().request(path, { host })));
  return paths.filter((_, i) => answers[i]?.status === 200);
}

test.each([
  ["bar.test", "/any"],
  ["example.test", "/any"],
  ["bar.example.test", "/wild"],
  ["bar.foo.example.test", "/wilder"],
  ["abc.foo.example.test", "/precise"],
])("a request for %s is the business of the most specific listener only", async (host, path) => {
  expect(await servedPaths(host)).toEqual([path]);
});

test("a listener without routes still keeps requests from the less specific one", async () => {
  await gateway().delete("HTTPRoute default/precise");
  expect(await servedPaths("abc.foo.example.test")).toEqual([]);
  await gateway().apply(route("precise"));
  expect(await servedPaths("abc.foo.example.test")).toEqual(["/precise"]);
});

test("a listener that goes leaves its hosts to the less specific one", async () => {
  const { port } = gateway();
  await gateway().apply(
    gatewayManifest(
      listener("any", port) + listener("wild", port, "*.example.test") + listener("wilder", port, "*.foo.example.test"),
    ),
  );
  expect(await servedPaths("abc.foo.example.test")).toEqual(["/wilder"]);
  expect(gateway().conditions("HTTPRoute default/precise")).toContain("Accepted=False NoMatchingParent");
  await gateway().apply(
    gatewayManifest(
      listener("any", port) +
        listener("wild", port, "*.example.test") +
        listener("wilder", port, "*.foo.example.test") +
        listener("precise", port, "abc.foo.example.test"),
    ),
  );
  expect(await servedPaths("abc.foo.example.test")).toEqual(["/precise"]);
});

test("a route's hosts are served as far as its listener covers them, and the intersection decides", async () => {
  await gateway().apply(route("wild", 'hostnames: ["*.test", "bar.example.test"]'));
  expect(await servedPaths("bar.example.test")).toEqual(["/wild"]);
  expect(await servedPaths("other.example.test")).toEqual(["/wild"]);
  expect(await servedPaths("x.test")).toEqual(["/any"]);
  await gateway().apply(route("wild"));
});

test("listeners with different protocols on one port are a conflict and are not served; another port is", async () => {
  const { port, ports } = gateway();
  const tls = "tls: { certificateRefs: [{ name: cert }] }";
  const secure = `- { name: secure, protocol: HTTPS, port: ${port}, hostname: secure.test, ${tls} }\n`;
  await gateway().apply(gatewayManifest(listener("wild", port) + secure + listener("any", ports[1])));
  for (const name of ["wild", "secure"]) {
    expect(gateway().conditions("Gateway default/eg", name)).toContain("Conflicted=True ProtocolConflict");
  }
  await eventually(async () => {
    expect((await gateway().request("/any", { host: "bar.test", port: ports[1] ?? 0 })).status).toBe(200);
  });
  await eventually(() => expect(gateway().request("/wild", { host: "bar.test" })).rejects.toThrow());
});
