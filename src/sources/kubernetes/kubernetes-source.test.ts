import { expect, test } from "vitest";
import {
  classes,
  definition,
  definitions,
  eventually,
  follow,
  gateways,
  namespaces,
  route,
  routes,
  secrets,
  serve,
  service,
  services,
  slice,
  slices,
} from "./testing/followed-server.ts";

test("the first batch has everything that exists, and of Services, slices and Secrets what is referred to", async () => {
  const server = await serve([classes, gateways, routes]);
  server.put(services, service("used"));
  server.put(services, service("unused"));
  server.put(slices, slice("used-1", "used", "10.0.0.1"));
  server.put(slices, slice("unused-1", "unused", "10.0.0.2"));
  server.put(secrets, { metadata: { name: "other", namespace: "shop" }, data: { a: "YQ==" } });
  server.put(routes, route("r", "used"));
  const { started, batches, present } = follow(server);
  await started;
  expect(present()).toEqual(["EndpointSlice shop/used-1", "HTTPRoute shop/r", "Service shop/used"]);
  expect(batches).toHaveLength(1);
  const [handed] = batches[0]?.changes.filter(({ kind }) => kind === "HTTPRoute") ?? [];
  expect(handed?.object?.metadata).not.toHaveProperty("managedFields");
  expect(server.received.filter(({ url, accept }) => /secrets/.test(url) && !accept.includes("Partial"))).toEqual([]);
});

test("a route that is led to another Service comes together with that Service and its endpoints", async () => {
  const server = await serve([routes]);
  server.put(services, service("one"));
  server.put(routes, route("r", "one"));
  const { started, batches, present } = follow(server);
  await started;
  server.put(services, service("two"));
  server.put(slices, slice("two-1", "two", "10.0.0.2"));
  server.put(routes, route("r", "two"));
  await eventually(present).toEqual(["EndpointSlice shop/two-1", "HTTPRoute shop/r", "Service shop/two"]);
  const change = batches.find(({ changes }, i) => i > 0 && changes.some(({ kind }) => kind === "HTTPRoute"));
  expect(change?.changes.map(({ kind, key, object }) => `${object ? "+" : "-"}${kind} ${key}`).sort()).toEqual([
    "+EndpointSlice shop/two-1",
    "+HTTPRoute shop/r",
    "+Service shop/two",
    "-Service shop/one",
  ]);
});

test("a Service that is made while an answer that it is missing is on its way stays", async () => {
  const server = await serve([routes]);
  const { started, batches, present } = follow(server);
  await started;
  const answers = Promise.withResolvers<void>();
  server.intercept = async ({ url }) => {
    if (!/\/services\?.*name=late/.test(url)) return undefined;
    const body = { metadata: { resourceVersion: String(server.version) }, items: [] };
    await answers.promise;
    return { status: 200, body };
  };
  server.put(routes, route("r", "late"));
  await eventually(() => server.received.some(({ url }) => /\/services\?.*name=late/.test(url))).toBe(true);
  server.put(services, service("late"));
  await eventually(present).toContain("Service shop/late");
  answers.resolve();
  server.put(routes, route("other", "none"));
  await eventually(present).toContain("HTTPRoute shop/other");
  expect(present()).toContain("Service shop/late");
  expect(batches.flatMap(({ changes }) => changes).filter(({ object }) => object === undefined)).toEqual([]);
});

test("a Secret is read when it is made or changed after the reference to it, and gone with it", async () => {
  const server = await serve([gateways]);
  const tls = { certificateRefs: [{ name: "tls" }] };
  const listeners = [{ name: "https", port: 443, protocol: "HTTPS", tls }];
  server.put(gateways, { metadata: { name: "eg", namespace: "shop" }, spec: { gatewayClassName: "eg", listeners } });
  const { started, present, batches } = follow(server);
  await started;
  expect(present()).toEqual(["Gateway shop/eg"]);
  server.put(secrets, { metadata: { name: "tls", namespace: "shop" }, data: { a: "YQ==" } });
  await eventually(present).toContain("Secret shop/tls");
  server.put(secrets, { metadata: { name: "tls", namespace: "shop" }, data: { a: "Yg==" } });
  await eventually(() => JSON.stringify(batches.at(-1)?.changes)).toContain("Yg==");
  server.remove(gateways, "shop/eg");
  await eventually(present).toEqual([]);
});

test("statuses and what kubectl notes set nothing off", async () => {
  const server = await serve([routes]);
  const stored = server.put(routes, route("r", "none"));
  const { started, batches } = follow(server);
  await started;
  server.put(routes, { ...stored, status: { parents: [] } });
  const annotations = { "kubectl.kubernetes.io/last-applied-configuration": "{}" };
  server.put(routes, { ...stored, metadata: { ...stored.metadata, annotations } });
  server.put(routes, route("other", "none"));
  await eventually(() => batches.length).toBe(2);
  expect(batches[1]?.changes.map(({ key }) => key)).toEqual(["shop/other"]);
});

test("after a watch was torn in the middle of a line it goes on where it was, without a list", async () => {
  const server = await serve([routes]);
  server.put(routes, route("a", "none"));
  const { started, present } = follow(server);
  await started;
  await eventually(() => server.watches).toBeGreaterThan(4);
  server.cutWatches('{"type":"ADDED","object":{"metadata":{"na');
  server.put(routes, route("b", "none"));
  server.remove(routes, "shop/a");
  await eventually(present).toEqual(["HTTPRoute shop/b"]);
  expect(server.received.filter(({ url }) => /httproutes\?limit/.test(url))).toHaveLength(1);
});

test("what the API server has forgotten is made up for by a list that deletes what is gone", async () => {
  const server = await serve([routes]);
  for (const name of ["a", "b"]) server.put(routes, route(name, "none"));
  const { started, present, batches } = follow(server);
  await started;
  await eventually(() => server.watches).toBeGreaterThan(4);
  server.oldestVersion = 1_000_000;
  server.cutWatches();
  server.remove(routes, "shop/a");
  server.put(routes, route("c", "none"));
  await eventually(present).toEqual(["HTTPRoute shop/b", "HTTPRoute shop/c"]);
  expect(batches.slice(1).flatMap(({ changes }) => changes.map(({ key }) => key))).not.toContain("shop/b");
});

test("a bookmark moves the place where a watch goes on", async () => {
  const server = await serve([routes]);
  const { started } = follow(server);
  await started;
  await eventually(() => server.watches).toBeGreaterThan(4);
  const { metadata } = server.put(namespaces, { metadata: { name: "later" } });
  server.bookmark();
  await eventually(() => {
    server.cutWatches();
    return server.received.some(({ url }) =>
      url.includes(`httproutes?resourceVersion=${metadata.resourceVersion}&timeoutSeconds`),
    );
  }).toBe(true);
});

test("while the API server is away everything stays, it is told once, and all goes on when it is back", async () => {
  const server = await serve([routes]);
  server.put(routes, route("a", "none"));
  const { started, present, problems, batches } = follow(server);
  await started;
  await server.close();
  await eventually(() => problems().map(({ code }) => code)).toContain("ApiServerUnreachable");
  expect(present()).toEqual(["HTTPRoute shop/a"]);
  expect(batches.flatMap((batch) => batch.changes).filter(({ object }) => !object)).toEqual([]);
  server.put(routes, route("b", "none"));
  await server.listen();
  await eventually(present).toEqual(["HTTPRoute shop/a", "HTTPRoute shop/b"]);
  await eventually(() => problems().map(({ code }) => code)).not.toContain("ApiServerUnreachable");
});

test("an API server that is not there at the start is waited for", async () => {
  const server = await serve([routes]);
  server.put(routes, route("a", "none"));
  await server.close();
  const { started, present, waiting, batches } = follow(server);
  await eventually(() => waiting.flat().map(({ code }) => code)).toContain("ApiServerUnreachable");
  expect(batches).toEqual([]);
  await server.listen();
  await started;
  expect(present()).toEqual(["HTTPRoute shop/a"]);
});

test("a kind that may not be read holds the first batch back, and which verbs are missing is told", async () => {
  const server = await serve([routes, gateways]);
  server.put(routes, route("a", "none"));
  server.intercept = ({ url }) =>
    url.startsWith("/apis/gateway.networking.k8s.io/v1/gateways")
      ? { status: 403, body: { reason: "Forbidden", message: "gateways is forbidden" } }
      : undefined;
  const { started, waiting, batches, present } = follow(server);
  await eventually(() => waiting.flat().map(({ message }) => message)).toContainEqual(
    expect.stringContaining("may not list, watch on gateways.gateway.networking.k8s.io in the whole cluster"),
  );
  expect(batches).toEqual([]);
  server.intercept = undefined;
  await started;
  expect(present()).toEqual(["HTTPRoute shop/a"]);
});

test("a kind that is installed later is followed from then on, and one that is removed is forgotten", async () => {
  const server = await serve([gateways]);
  const { started, present, problems, source } = follow(server);
  await started;
  expect(problems().map(({ message }) => message)).toContainEqual(expect.stringMatching(/^HTTPRoute: /));
  server.put(definitions, definition(routes));
  // The API server tells of the definition before it serves the kind.
  setTimeout(() => {
    server.serve(routes);
    server.put(routes, route("a", "none"));
  }, 300);
  await eventually(present).toEqual(["HTTPRoute shop/a"]);
  expect(source.served("HTTPRoute")).toMatchObject({ plural: "httproutes" });
  expect(problems().map(({ message }) => message)).not.toContainEqual(expect.stringMatching(/^HTTPRoute: /));
  server.unserve(routes);
  server.cutWatches();
  server.remove(definitions, "httproutes.gateway.networking.k8s.io");
  await eventually(present).toEqual([]);
  expect(source.served("HTTPRoute")).toBeUndefined();
});

test("a kind that the API server does not serve for a moment keeps its objects as long as it is defined", async () => {
  const server = await serve([routes]);
  server.put(routes, route("a", "none"));
  const { started, present, batches } = follow(server);
  await started;
  server.intercept = ({ url }) => (url.includes("httproutes") ? { status: 404 } : undefined);
  server.cutWatches();
  await eventually(() => server.received.filter(({ url }) => url.includes("httproutes?limit")).length).toBeGreaterThan(
    1,
  );
  expect(present()).toEqual(["HTTPRoute shop/a"]);
  server.intercept = undefined;
  server.put(routes, route("b", "none"));
  await eventually(present).toEqual(["HTTPRoute shop/a", "HTTPRoute shop/b"]);
  expect(batches.flatMap((batch) => batch.changes).filter(({ object }) => !object)).toEqual([]);
});

test("only the listed namespaces and the control plane's own are asked for", async () => {
  const server = await serve([routes]);
  for (const namespace of ["shop", "other", "envoy-gateway-system"]) server.put(routes, route("r", "none", namespace));
  const { started, present } = follow(server, { type: "Namespaces", namespaces: ["shop"] });
  await started;
  expect(present()).toEqual(["HTTPRoute envoy-gateway-system/r", "HTTPRoute shop/r"]);
  expect(server.received.filter(({ url }) => /\/v1\/httproutes/.test(url))).toEqual([]);
});

test("a namespace comes into sight and goes out of it with its labels", async () => {
  const server = await serve([routes]);
  server.put(namespaces, { metadata: { name: "shop", labels: { team: "a" } } });
  server.put(namespaces, { metadata: { name: "other" } });
  for (const namespace of ["shop", "other"]) server.put(routes, route("r", "none", namespace));
  const { started, present } = follow(server, {
    type: "NamespaceSelector",
    namespaceSelector: { matchLabels: { team: "a" } },
  });
  await started;
  const both = ["Namespace other", "Namespace shop"];
  expect(present()).toEqual(["HTTPRoute shop/r", ...both]);
  server.put(namespaces, { metadata: { name: "other", labels: { team: "a" } } });
  await eventually(present).toEqual(["HTTPRoute other/r", "HTTPRoute shop/r", ...both]);
  server.put(namespaces, { metadata: { name: "shop", labels: { team: "b" } } });
  await eventually(present).toEqual(["HTTPRoute other/r", ...both]);
});

test("long lists come page by page", async () => {
  const server = await serve([routes]);
  for (let i = 0; i < 1_200; i += 1) server.put(routes, route(`r${i}`, "none"));
  const { started, present } = follow(server);
  await started;
  expect(present()).toHaveLength(1_200);
  expect(server.received.filter(({ url }) => /httproutes\?limit=500/.test(url))).toHaveLength(3);
});

test("an object that is not as our definition of its kind wants it is told of, and its former version stays", async () => {
  const server = await serve([routes]);
  server.put(routes, route("a", "none"));
  const { started, problems, batches } = follow(server);
  await started;
  server.put(routes, {
    metadata: { name: "a", namespace: "shop" },
    spec: { rules: [{ matches: [{ path: { type: "Odd" } }] }] },
  });
  await eventually(() => problems().map(({ kind, key, field }) => `${kind} ${key} ${field}`)).toContain(
    "HTTPRoute shop/a spec.rules[0].matches[0].path.type",
  );
  expect(batches.slice(1).flatMap(({ changes }) => changes)).toEqual([]);
});
