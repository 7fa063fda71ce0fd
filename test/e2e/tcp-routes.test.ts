import { beforeAll, expect, test } from "vitest";
import {
  askStream,
  eventually,
  openStream,
  serviceManifest,
  streamRoute,
  useGateway,
  useStreamBackend,
} from "./harness/index.ts";

const listener = (name: string, port: number | undefined, kinds = "") => `
- name: ${name}
  protocol: TCP
  port: ${port}
  allowedRoutes: { namespaces: { from: All }${kinds} }`;

const gateway = useGateway({
  listeners: (ports) =>
    ["one", "two", "three", "four", "five"].map((name, i) => listener(name, ports[i])).join("") +
    `\n- { name: web, protocol: HTTP, port: ${ports[5]}, allowedRoutes: { kinds: [{ kind: HTTPRoute }] } }`,
});
const a = useStreamBackend("a", { protocol: "TCP" });
const b = useStreamBackend("b", { protocol: "TCP" });
const far = useStreamBackend("far", { protocol: "TCP", namespace: "other" });
beforeAll(() => gateway().apply(a().manifest, b().manifest, far().manifest));

const port = (i: number): number => gateway().ports[i] ?? 0;
const ref = (name: string, weight?: number) =>
  `- { name: ${name}, port: 80${weight === undefined ? "" : `, weight: ${weight}`} }\n`;
const route = (name: string, parent: string, backends: string, created?: string) =>
  streamRoute({
    kind: "TCPRoute",
    name,
    parents: `- { name: eg, namespace: default${parent} }`,
    backends,
    ...(created ? { created } : {}),
  });

const pod = async (i: number): Promise<string> => {
  const answer = await askStream(port(i));
  return answer === "closed" ? answer : answer.pod;
};

async function shares(i: number, total = 200): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (let done = 0; done < total; done += 20) {
    for (const who of await Promise.all(Array.from({ length: 20 }, () => pod(i)))) counts[who] = (counts[who] ?? 0) + 1;
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

test("a listener without a route closes connections", async () => {
  expect(await pod(0)).toBe("closed");
});

test("a route reaches listeners by port, by name, and by both", async () => {
  await gateway().apply(
    route("by-port", `, port: ${port(0)}`, ref("a")),
    route("by-section", ", sectionName: two", ref("b")),
    route("by-both", `, sectionName: three, port: ${port(2)}`, ref("a")),
  );
  expect([await pod(0), await pod(1), await pod(2), await pod(3)]).toEqual(["a", "b", "a", "closed"]);
  for (const name of ["by-port", "by-section", "by-both"]) {
    expect(gateway().conditions(`TCPRoute default/${name}`)).toEqual(accepted);
  }
  await gateway().delete("TCPRoute default/by-port", "TCPRoute default/by-section", "TCPRoute default/by-both");
});

test("a parentRef that names neither attaches to every TCP listener", async () => {
  await gateway().apply(route("all", "", ref("a")));
  expect(await Promise.all([0, 1, 2, 3, 4].map(pod))).toEqual(["a", "a", "a", "a", "a"]);
  expect(attached()).toEqual({ one: 1, two: 1, three: 1, four: 1, five: 1, web: 0 });
  await gateway().delete("TCPRoute default/all");
});

test("of two routes on a listener the older one is served, and both are accepted and counted", async () => {
  await gateway().apply(
    route("newer", ", sectionName: one", ref("b"), "2026-01-02T00:00:00Z"),
    route("older", ", sectionName: one", ref("a"), "2026-01-01T00:00:00Z"),
  );
  expect(await shares(0, 100)).toEqual({ a: 100 });
  expect(gateway().conditions("TCPRoute default/newer")).toEqual(accepted);
  expect(attached()).toMatchObject({ one: 2 });
  await gateway().delete("TCPRoute default/older");
  expect(await pod(0)).toBe("b");
  await gateway().delete("TCPRoute default/newer");
});

test("connections are shared out by weight, and a backend of weight 0 gets none", async () => {
  await gateway().apply(route("weights", ", sectionName: one", ref("a", 70) + ref("b", 30)));
  const { a: toA = 0, b: toB = 0 } = await shares(0);
  expect(toA + toB).toBe(200);
  expect(toA).toBeGreaterThan(115);
  expect(toB).toBeGreaterThan(30);
  await gateway().apply(route("weights", ", sectionName: one", ref("a", 0) + ref("b", 3)));
  expect(await shares(0, 40)).toEqual({ b: 40 });
});

test("the share of a missing backend is refused, and the others get no more than theirs", async () => {
  await gateway().apply(route("weights", ", sectionName: one", ref("a", 1) + ref("missing", 1)));
  const counts = await shares(0);
  expect(counts["a"]).toBeGreaterThan(60);
  expect(counts["closed"]).toBeGreaterThan(60);
  expect(gateway().conditions("TCPRoute default/weights")).toEqual([
    "Accepted=True Accepted",
    "ResolvedRefs=False BackendNotFound",
  ]);
});

test("the share of a Service without endpoints is refused, too", async () => {
  await gateway().apply(
    serviceManifest({ name: "empty", endpoints: [] }),
    route("weights", ", sectionName: one", ref("a", 1) + ref("empty", 1)),
  );
  const counts = await shares(0);
  expect(counts["a"]).toBeGreaterThan(60);
  expect(counts["closed"]).toBeGreaterThan(60);
  await gateway().delete("TCPRoute default/weights");
});

test("a route whose only backend is missing refuses connections until it is there", async () => {
  await gateway().apply(route("early", ", sectionName: two", ref("late")));
  expect(await pod(1)).toBe("closed");
  expect(gateway().conditions("TCPRoute default/early")).toContain("ResolvedRefs=False BackendNotFound");
  await gateway().apply(serviceManifest({ name: "late", endpoints: [{ port: a().port }] }));
  expect(await pod(1)).toBe("a");
  await gateway().delete("TCPRoute default/early");
});

test("a backend of another namespace needs a ReferenceGrant, which takes effect when it comes and goes", async () => {
  const grant = `---
apiVersion: gateway.networking.k8s.io/v1beta1
kind: ReferenceGrant
metadata: { name: tcp, namespace: other }
spec:
  from: [{ group: gateway.networking.k8s.io, kind: TCPRoute, namespace: default }]
  to: [{ group: "", kind: Service, name: far }]
`;
  await gateway().apply(route("cross", ", sectionName: two", "- { name: far, namespace: other, port: 80 }"));
  expect(await pod(1)).toBe("closed");
  expect(gateway().conditions("TCPRoute default/cross")).toContain("ResolvedRefs=False RefNotPermitted");
  await gateway().apply(grant);
  expect(await pod(1)).toBe("far");
  expect(gateway().conditions("TCPRoute default/cross")).toEqual(accepted);
  await gateway().delete("ReferenceGrant other/tcp");
  expect(await pod(1)).toBe("closed");
  await gateway().delete("TCPRoute default/cross");
});

test("a TCPRoute is not allowed on an HTTP listener", async () => {
  await gateway().apply(route("misplaced", ", sectionName: web", ref("a")));
  expect(gateway().conditions("TCPRoute default/misplaced")).toContain("Accepted=False NotAllowedByListeners");
  expect(attached()).toMatchObject({ web: 0 });
  await gateway().delete("TCPRoute default/misplaced");
});

test("a Backend with a host name and one with an address are backends like any other", async () => {
  await gateway().apply(
    `---
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: Backend
metadata: { name: by-name, namespace: default }
spec: { endpoints: [{ fqdn: { hostname: localhost, port: ${a().port} } }] }
---
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: Backend
metadata: { name: by-address, namespace: default }
spec: { endpoints: [{ ip: { address: 127.0.0.1, port: ${b().port} } }] }
`,
    route(
      "backends",
      ", sectionName: five",
      ["by-name", "by-address"]
        .map((name) => `- { group: gateway.envoyproxy.io, kind: Backend, name: ${name} }`)
        .join("\n"),
    ),
  );
  const counts = await eventually(async () => {
    const found = await shares(4, 60);
    expect(Object.keys(found).sort()).toEqual(["a", "b"]);
    return found;
  });
  expect(counts["a"]).toBeGreaterThan(10);
  await gateway().delete("TCPRoute default/backends");
});

test("other backends and weights of a route leave its open connections and the listener as they are", async () => {
  await gateway().apply(route("life", ", sectionName: four", ref("a")));
  const open = await openStream(port(3));
  expect((await open.ask()).pod).toBe("a");
  const before = await gateway().admin(
    "/stats?filter=listener_manager.(lds.update_success|listener_in_place_updated|listener_modified)",
  );
  await gateway().apply(route("life", ", sectionName: four", ref("a", 1) + ref("b", 9)));
  await gateway().apply(route("life", ", sectionName: four", ref("b")));
  await gateway().apply(route("life", ", sectionName: four", ref("b") + ref("missing")));
  await gateway().apply(route("life", ", sectionName: four", ref("b")));
  expect(await shares(3, 20)).toEqual({ b: 20 });
  expect((await open.ask("again")).text).toBe("again");
  expect(
    await gateway().admin(
      "/stats?filter=listener_manager.(lds.update_success|listener_in_place_updated|listener_modified)",
    ),
  ).toBe(before);
  open.close();
});

test("no connection is lost while backends of the route change", async () => {
  let isRunning = true;
  const lost: string[] = [];
  let count = 0;
  const load = Promise.all(
    Array.from({ length: 4 }, async () => {
      while (isRunning) {
        const who = await pod(3);
        count++;
        if (who !== "a" && who !== "b") lost.push(who);
      }
    }),
  );
  for (let i = 0; i < 10; i++) {
    await gateway().apply(
      route("life", ", sectionName: four", i % 3 === 0 ? ref("a") : i % 3 === 1 ? ref("b") : ref("a", 2) + ref("b", 1)),
    );
    await gateway().apply(serviceManifest({ name: `new-${i}`, endpoints: [{ port: a().port }] }));
  }
  isRunning = false;
  await load;
  expect(lost).toEqual([]);
  expect(count).toBeGreaterThan(20);
});

test("a route that goes leaves its listener closing connections", async () => {
  await gateway().delete("TCPRoute default/life");
  await eventually(async () => expect(await pod(3)).toBe("closed"));
});
