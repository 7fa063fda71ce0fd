import { beforeAll, expect, test } from "vitest";
import { askStream, askUdp, eventually, openUdp, streamRoute, useGateway, useStreamBackend } from "./harness/index.ts";

const gateway = useGateway({
  listeners: (ports) =>
    ["one", "two", "three"]
      .map(
        (name, i) =>
          `- { name: ${name}, protocol: UDP, port: ${ports[i]}, allowedRoutes: { namespaces: { from: All } } }\n`,
      )
      .join("") +
    `- { name: tcp, protocol: TCP, port: ${ports[0]}, allowedRoutes: { namespaces: { from: All } } }
- { name: tls, protocol: TLS, port: ${ports[3]}, tls: { mode: Passthrough } }`,
});
const a = useStreamBackend("a", { protocol: "UDP" });
const b = useStreamBackend("b", { protocol: "UDP" });
const far = useStreamBackend("far", { protocol: "UDP", namespace: "other" });
const tcp = useStreamBackend("tcp", { protocol: "TCP" });
beforeAll(() => gateway().apply(a().manifest, b().manifest, far().manifest, tcp().manifest));

const port = (i: number): number => gateway().ports[i] ?? 0;
const ref = (name: string, weight = 1) => `- { name: ${name}, port: 80, weight: ${weight} }\n`;
const route = (name: string, parent: string, backends: string, created?: string) =>
  streamRoute({
    kind: "UDPRoute",
    name,
    parents: `- { name: eg, namespace: default${parent} }`,
    backends,
    ...(created ? { created } : {}),
  });

const pod = async (i: number, waitMs?: number): Promise<string> => {
  const answer = await askUdp(port(i), waitMs);
  return answer === "silence" ? answer : answer.pod;
};

/** Each client is a session of its own. */
async function shares(i: number, total = 200, waitMs?: number): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (let done = 0; done < total; done += 20) {
    const found = await Promise.all(Array.from({ length: 20 }, () => pod(i, waitMs)));
    for (const who of found) counts[who] = (counts[who] ?? 0) + 1;
  }
  return counts;
}

const accepted = ["Accepted=True Accepted", "ResolvedRefs=True ResolvedRefs"];
const attached = () =>
  Object.fromEntries(
    (gateway().translation.statuses.get("Gateway/default/eg")?.body.listeners ?? []).map((l) => [
      l.name,
      l.attachedRoutes,
    ]),
  );

test("a listener without a route drops datagrams", async () => {
  expect(await pod(0, 100)).toBe("silence");
});

test("datagrams of one client go to one backend, and its answers come back", async () => {
  await gateway().apply(route("dns", ", sectionName: one", ref("a") + ref("b")));
  const client = openUdp(port(0));
  const first = await client.ask("query 1");
  expect(first).toMatchObject({ text: "query 1" });
  for (let i = 2; i < 12; i++) {
    expect(await client.ask(`query ${i}`)).toMatchObject({
      text: `query ${i}`,
      pod: first === "silence" ? "" : first.pod,
    });
  }
  client.close();
  expect(gateway().conditions("UDPRoute default/dns")).toEqual(accepted);
});

test("TCP and UDP listeners share a port number, and each Service port is taken by its transport", async () => {
  await gateway().apply(
    streamRoute({
      kind: "TCPRoute",
      name: "tcp",
      parents: "- { name: eg, sectionName: tcp }",
      backends: "- { name: tcp, port: 80 }",
    }),
  );
  expect(await askStream(port(0))).toMatchObject({ pod: "tcp" });
  expect(["a", "b"]).toContain(await pod(0));
  await gateway().apply(route("wrong", ", sectionName: two", ref("tcp")));
  expect(gateway().conditions("UDPRoute default/wrong")).toContain("ResolvedRefs=False PortNotFound");
  await gateway().delete("UDPRoute default/dns", "UDPRoute default/wrong", "TCPRoute default/tcp");
});

test("a route reaches listeners by port, by name, and by both", async () => {
  await gateway().apply(
    route("by-port", `, port: ${port(1)}`, ref("a")),
    route("by-section", ", sectionName: one", ref("b")),
    route("by-both", `, sectionName: three, port: ${port(2)}`, ref("a")),
  );
  expect([await pod(0), await pod(1), await pod(2)]).toEqual(["b", "a", "a"]);
  for (const name of ["by-port", "by-section", "by-both"]) {
    expect(gateway().conditions(`UDPRoute default/${name}`)).toEqual(accepted);
  }
  await gateway().delete("UDPRoute default/by-port", "UDPRoute default/by-section", "UDPRoute default/by-both");
});

test("a parentRef that names neither attaches to every UDP listener", async () => {
  await gateway().apply(route("all", "", ref("a")));
  expect(await Promise.all([0, 1, 2].map((i) => pod(i)))).toEqual(["a", "a", "a"]);
  expect(attached()).toEqual({ one: 1, two: 1, three: 1, tcp: 0, tls: 0 });
  await gateway().delete("UDPRoute default/all");
});

test("of two routes on a listener the older one is served, and both are accepted and counted", async () => {
  await gateway().apply(
    route("newer", ", sectionName: one", ref("b"), "2026-01-02T00:00:00Z"),
    route("older", ", sectionName: one", ref("a"), "2026-01-01T00:00:00Z"),
  );
  expect(await shares(0, 60)).toEqual({ a: 60 });
  expect(gateway().conditions("UDPRoute default/newer")).toEqual(accepted);
  expect(attached()).toMatchObject({ one: 2 });
  await gateway().delete("UDPRoute default/older");
  await eventually(async () => expect(await pod(0, 300)).toBe("b"));
  await gateway().delete("UDPRoute default/newer");
});

test("sessions are shared out by weight, and a backend of weight 0 gets none", async () => {
  await gateway().apply(route("weights", ", sectionName: two", ref("a", 70) + ref("b", 30)));
  const { a: toA = 0, b: toB = 0 } = await shares(1);
  expect(toA + toB).toBe(200);
  expect(toA).toBeGreaterThan(115);
  expect(toB).toBeGreaterThan(30);
  await gateway().apply(route("weights", ", sectionName: two", ref("a", 0) + ref("b", 3)));
  expect(await shares(1, 40)).toEqual({ b: 40 });
});

test("the share of a missing backend is dropped", async () => {
  await gateway().apply(route("weights", ", sectionName: two", ref("a") + ref("missing")));
  const counts = await shares(1, 100, 300);
  expect(counts["a"]).toBeGreaterThan(25);
  expect(counts["silence"]).toBeGreaterThan(25);
  expect(gateway().conditions("UDPRoute default/weights")).toEqual([
    "Accepted=True Accepted",
    "ResolvedRefs=False BackendNotFound",
  ]);
});

test("other backends of a route leave the listener as it is, and sessions with it", async () => {
  const filter = "/stats?filter=listener_manager.(listener_in_place_updated|listener_modified|listener_added)";
  await gateway().apply(route("weights", ", sectionName: two", ref("a")));
  const before = await gateway().admin(filter);
  const client = openUdp(port(1));
  expect(await client.ask()).toMatchObject({ pod: "a" });
  await gateway().apply(route("weights", ", sectionName: two", ref("a") + ref("b", 9)));
  expect(await client.ask()).toMatchObject({ pod: "a" });
  await gateway().apply(route("weights", ", sectionName: two", ref("b")));
  expect(await client.ask()).toMatchObject({ pod: "b" });
  expect(await shares(1, 20)).toEqual({ b: 20 });
  expect(await gateway().admin(filter)).toBe(before);
  expect(before).toMatch(/listener_modified/);
  client.close();
  await gateway().delete("UDPRoute default/weights");
});

test("a backend of another namespace needs a ReferenceGrant, which takes effect when it comes and goes", async () => {
  const grant = `---
apiVersion: gateway.networking.k8s.io/v1beta1
kind: ReferenceGrant
metadata: { name: udp, namespace: other }
spec:
  from: [{ group: gateway.networking.k8s.io, kind: UDPRoute, namespace: default }]
  to: [{ group: "", kind: Service, name: far }]
`;
  await gateway().apply(route("cross", ", sectionName: three", "- { name: far, namespace: other, port: 80 }"));
  expect(await pod(2, 100)).toBe("silence");
  expect(gateway().conditions("UDPRoute default/cross")).toContain("ResolvedRefs=False RefNotPermitted");
  await gateway().apply(grant);
  expect(await pod(2)).toBe("far");
  expect(gateway().conditions("UDPRoute default/cross")).toEqual(accepted);
  await gateway().delete("ReferenceGrant other/udp");
  expect(await pod(2, 100)).toBe("silence");
  await gateway().delete("UDPRoute default/cross");
});

test("a UDPRoute is not allowed on a TLS listener", async () => {
  await gateway().apply(route("misplaced", ", sectionName: tls", ref("a")));
  expect(gateway().conditions("UDPRoute default/misplaced")).toContain("Accepted=False NotAllowedByListeners");
  expect(attached()).toMatchObject({ tls: 0 });
});
