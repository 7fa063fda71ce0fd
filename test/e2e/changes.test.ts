import { expect, test } from "vitest";
import { eventually, gatewayManifest, httpRoute, serviceManifest, useBackend, useGateway } from "./harness/index.ts";

const listener = (name: string, port: number | undefined) =>
  `- { name: ${name}, protocol: HTTP, port: ${port}, allowedRoutes: { namespaces: { from: All } } }\n`;

const gateway = useGateway({ listeners: ([port]) => listener("http", port) });
const a = useBackend("a");
const b = useBackend("b");

const to = (name: string) => `- backendRefs: [{ name: ${name}, port: 80 }]`;
const answer = async (host: string, port = gateway().port): Promise<string | number> => {
  const found = await gateway().request("/", { host, port });
  return found.status === 200 ? found.echo.pod : found.status;
};

test("a route is served when it comes, changes and goes", async () => {
  const host = "life.test";
  await gateway().apply(a(), b());
  expect(await answer(host)).toBe(404);
  await gateway().apply(httpRoute("life", host, to("a")));
  expect(await answer(host)).toBe("a");
  await gateway().apply(httpRoute("life", host, to("b")));
  expect(await answer(host)).toBe("b");
  await gateway().apply(httpRoute("life", "new-life.test", to("b")));
  expect([await answer(host), await answer("new-life.test")]).toEqual([404, "b"]);
  await gateway().delete("HTTPRoute default/life");
  expect(await answer("new-life.test")).toBe(404);
});

test("a route deleted and made again at once is served as the new one, with a new status", async () => {
  const host = "again.test";
  await gateway().apply(httpRoute("again", host, to("missing")));
  expect(gateway().conditions("HTTPRoute default/again")).toContain("ResolvedRefs=False BackendNotFound");
  await Promise.all([gateway().delete("HTTPRoute default/again"), gateway().apply(httpRoute("again", host, to("a")))]);
  expect(await answer(host)).toBe("a");
  expect(gateway().conditions("HTTPRoute default/again")).toEqual([
    "Accepted=True Accepted",
    "ResolvedRefs=True ResolvedRefs",
  ]);
});

test("one broken route takes nothing from those beside it", async () => {
  await gateway().apply(
    httpRoute("good-1", "good.test", to("a")),
    httpRoute(
      "broken",
      "broken.test",
      `- { matches: [{ path: { type: RegularExpression, value: "/(unclosed" } }], backendRefs: [{ name: a, port: 80 }] }`,
    ),
    httpRoute("good-2", "good.test", `- { matches: [{ path: { value: /b } }], backendRefs: [{ name: b, port: 80 }] }`),
  );
  expect(gateway().conditions("HTTPRoute default/broken")).toContain("Accepted=False UnsupportedValue");
  expect(await answer("good.test")).toBe("a");
  expect((await gateway().request("/b", { host: "good.test" })).echo.pod).toBe("b");
  expect([404, 500]).toContain(await answer("broken.test"));
});

test("a broken rule takes nothing from the other rules of its route", async () => {
  const rules = `
- { matches: [{ path: { type: RegularExpression, value: "/(unclosed" } }], backendRefs: [{ name: a, port: 80 }] }
- { matches: [{ path: { value: /fine } }], backendRefs: [{ name: b, port: 80 }] }`;
  await gateway().apply(httpRoute("partly", "partly.test", rules));
  expect((await gateway().request("/fine", { host: "partly.test" })).echo.pod).toBe("b");
  expect(gateway().conditions("HTTPRoute default/partly")).toContain("PartiallyInvalid=True UnsupportedValue");
});

test("a mended route is served", async () => {
  await gateway().apply(httpRoute("broken", "broken.test", to("b")));
  expect(await answer("broken.test")).toBe("b");
  expect(gateway().conditions("HTTPRoute default/broken")).toContain("Accepted=True Accepted");
});

test("a Service that appears after its route is served from then on", async () => {
  await gateway().apply(httpRoute("early", "early.test", to("late")));
  expect(await answer("early.test")).toBe(500);
  await gateway().apply(serviceManifest({ name: "late", endpoints: [{ port: a().port }] }));
  expect(await answer("early.test")).toBe("a");
});

test("a listener on a further port is opened and closed while the others serve", async () => {
  const [one, two = 0] = gateway().ports;
  await gateway().apply(
    httpRoute("ports", "ports.test", to("a")),
    gatewayManifest(listener("http", one) + listener("more", two)),
  );
  await eventually(async () => expect(await answer("ports.test", two)).toBe("a"));
  await gateway().apply(gatewayManifest(listener("http", one)));
  await eventually(() => expect(answer("ports.test", two)).rejects.toThrow());
  expect(await answer("ports.test")).toBe("a");
});

test("a listener may move to another port", async () => {
  const [one, , three = 0] = gateway().ports;
  await gateway().apply(gatewayManifest(listener("http", three)));
  await eventually(async () => expect(await answer("ports.test", three)).toBe("a"));
  await gateway().apply(gatewayManifest(listener("http", one)));
  await eventually(async () => expect(await answer("ports.test")).toBe("a"));
});

test("a listener that is renamed goes on serving its routes", async () => {
  const [one] = gateway().ports;
  await gateway().apply(gatewayManifest(listener("renamed", one)));
  await eventually(async () => expect(await answer("ports.test")).toBe("a"));
  await gateway().apply(gatewayManifest(listener("http", one)));
  await eventually(async () => expect(await answer("ports.test")).toBe("a"));
});

test("a second Gateway has an Envoy of its own and goes with it", async () => {
  const port = gateway().ports[4] ?? 0;
  const route = httpRoute("second", "second.test", to("b")).replace("name: eg,", "name: second,");
  await gateway().apply(gatewayManifest(listener("http", port), "second"), route);
  await eventually(async () => expect(await answer("second.test", port)).toBe("b"));
  expect(await answer("second.test")).toBe(404);
  await gateway().delete("Gateway default/second");
  await eventually(() => expect(answer("second.test", port)).rejects.toThrow());
  expect(gateway().status("HTTPRoute default/second")).toBeUndefined();
});

test("hundreds of changes under load give no wrong answer", async () => {
  const host = "load.test";
  await gateway().apply(httpRoute("load", host, to("a")));
  const wrong: unknown[] = [];
  let isDone = false;
  const load = (async () => {
    while (!isDone) {
      const found = await answer(host).catch((error: unknown) => String(error));
      if (found !== "a") wrong.push(found);
    }
  })();
  for (let i = 0; i < 40; i++) {
    const name = `noise-${i % 7}`;
    const target = i % 2 === 0 ? "a" : "b";
    await gateway().apply(
      serviceManifest({ name, endpoints: [{ port: a().port }] }),
      httpRoute(
        name,
        `${name}.test`,
        `- { matches: [{ path: { value: /${i} } }], backendRefs: [{ name: ${name}, port: 80 }, { name: ${target}, port: 80 }] }`,
      ),
    );
    if (i % 5 === 0) await gateway().delete(`HTTPRoute default/${name}`, `Service default/${name}`);
  }
  isDone = true;
  await load;
  expect(wrong).toEqual([]);
});
