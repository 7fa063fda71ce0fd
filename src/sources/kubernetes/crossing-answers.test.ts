/** Lists, reads and watches tell of the same objects at the same time: what is older must not undo what is newer. */
import { expect, test } from "vitest";
import type { KubernetesWatchMode } from "../../api/v1alpha1/envoygateway/kubernetes-provider.ts";
import type { Received, TestApiServer } from "../../kube/testing/api-server.ts";
import type { ObjectChange } from "../source.ts";
import {
  eventually,
  type Followed,
  follow,
  namespaces,
  route,
  routes,
  serve,
  service,
  services,
  slice,
  slices,
} from "./testing/followed-server.ts";

const ofTeam: KubernetesWatchMode = {
  type: "NamespaceSelector",
  namespaceSelector: { matchLabels: { team: "a" } },
};

/** Keeps the answers to some requests back; resolves `begun` when the first of them is made. */
function keepBack(server: TestApiServer, pattern: RegExp): { readonly begun: Promise<void>; release(): void } {
  const begun = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  server.delay = ({ url }: Received) => {
    if (!pattern.test(url)) return undefined;
    begun.resolve();
    return released.promise;
  };
  return {
    begun: begun.promise,
    release() {
      server.delay = undefined;
      released.resolve();
    },
  };
}

function putNamespace(server: TestApiServer, name: string, team: string): void {
  server.put(namespaces, { metadata: { name, labels: { team } } });
}

function changesOf({ batches }: Followed): readonly ObjectChange[] {
  return batches.flatMap(({ changes }) => changes);
}

/** Something whose arrival shows that what came before was taken in. */
async function passMark(server: TestApiServer, { present }: Followed, name: string): Promise<void> {
  server.put(routes, route(name, "none", "envoy-gateway-system"));
  await eventually(present).toContain(`HTTPRoute envoy-gateway-system/${name}`);
}

test("what was read after a list was made stays when the list comes, and is not replaced by an older version in it", async () => {
  const server = await serve([routes]);
  for (let i = 0; i < 60; i += 1) {
    server.put(services, service(`s${i}`));
    server.put(routes, route(`r${i}`, `s${i}`));
  }
  const followed = follow(server);
  await followed.started;
  const list = keepBack(server, /\/services\?limit/);
  server.oldestVersion = 1_000_000;
  server.cutWatches();
  await list.begun;
  server.oldestVersion = 0;
  server.put(services, service("new"));
  server.put(routes, route("rnew", "new"));
  await eventually(followed.present).toContain("Service shop/new");
  list.release();
  const { length } = server.received;
  await eventually(() => server.received.slice(length - 1).some(({ url }) => /\/services\?.*watch/.test(url))).toBe(
    true,
  );
  server.put(routes, route("mark", "none"));
  await eventually(followed.present).toContain("HTTPRoute shop/mark");
  expect(changesOf(followed).filter(({ object }) => object === undefined)).toEqual([]);
});

test("what a read found to be gone is not brought back by a list that was made before", async () => {
  const server = await serve([routes]);
  for (let i = 0; i < 60; i += 1) {
    server.put(services, service(`s${i}`));
    server.put(routes, route(`r${i}`, `s${i}`));
  }
  const followed = follow(server);
  await followed.started;
  const list = keepBack(server, /\/v1\/services\?limit/);
  server.oldestVersion = 1_000_000;
  server.cutWatches();
  await list.begun;
  server.oldestVersion = 0;
  server.remove(routes, "shop/r0");
  await eventually(followed.present).not.toContain("Service shop/s0");
  server.remove(services, "shop/s0");
  const { length } = followed.batches;
  server.put(routes, route("r0", "s0"));
  await eventually(followed.present).toContain("HTTPRoute shop/r0");
  list.release();
  await passMark(server, followed, "mark");
  await eventually(() => server.received.filter(({ url }) => /\/v1\/services\?.*watch/.test(url)).length).toBe(3);
  // The watch that begins where the list ends goes on from there.
  server.put(services, service("s0"));
  await eventually(followed.present).toContain("Service shop/s0");
  const later = followed.batches.slice(length).flatMap(({ changes }) => changes);
  expect(later.filter(({ key }) => key === "shop/s0")).toHaveLength(1);
});

test("after the API server was set back, smaller versions count, and what is later than any of them goes", async () => {
  const server = await serve([routes]);
  for (const name of ["a", "b"]) server.put(routes, route(name, "none"));
  const followed = follow(server);
  await followed.started;
  const former = {
    ...route("a", "none"),
    metadata: { name: "a", namespace: "shop", uid: "old", resourceVersion: "2" },
  };
  server.intercept = ({ url }) => {
    if (/\/httproutes\?.*watch/.test(url)) return { status: 410 };
    return /\/httproutes\?limit/.test(url)
      ? { status: 200, body: { metadata: { resourceVersion: "2" }, items: [former] } }
      : undefined;
  };
  server.cutWatches();
  await eventually(followed.present).toEqual(["HTTPRoute shop/a"]);
  expect(changesOf(followed).findLast(({ key }) => key === "shop/a")?.object?.metadata.uid).toBe("old");
});

test("an object that is deleted while its namespace, which just came into sight, is read stays gone", async () => {
  const server = await serve([routes]);
  for (const name of ["a", "b"]) server.put(routes, route(name, "none"));
  putNamespace(server, "shop", "b");
  const followed = follow(server, ofTeam);
  await followed.started;
  await eventually(() => server.watches).toBeGreaterThan(4);
  const read = keepBack(server, /\/namespaces\/shop\/httproutes/);
  putNamespace(server, "shop", "a");
  await read.begun;
  server.remove(routes, "shop/a");
  await passMark(server, followed, "one");
  read.release();
  await eventually(followed.present).toContain("HTTPRoute shop/b");
  await passMark(server, followed, "two");
  expect(followed.present()).not.toContain("HTTPRoute shop/a");
});

test("what is read of a namespace that goes out of sight meanwhile is not handed over", async () => {
  const server = await serve([routes]);
  server.put(routes, route("a", "none"));
  server.put(services, service("used"));
  const usedElsewhere = {
    metadata: { name: "elsewhere", namespace: "envoy-gateway-system" },
    spec: { rules: [{ backendRefs: [{ name: "used", namespace: "shop", port: 80 }] }] },
  };
  server.put(routes, usedElsewhere);
  putNamespace(server, "shop", "b");
  const followed = follow(server, ofTeam);
  await followed.started;
  await eventually(() => server.watches).toBeGreaterThan(4);
  const read = keepBack(server, /\/namespaces\/shop\//);
  putNamespace(server, "shop", "a");
  await read.begun;
  await eventually(() => server.received.some(({ url }) => /\/shop\/services\?.*name=used/.test(url))).toBe(true);
  putNamespace(server, "shop", "b");
  await passMark(server, followed, "one");
  read.release();
  await passMark(server, followed, "two");
  expect(changesOf(followed).filter(({ key }) => key.startsWith("shop/"))).toEqual([]);
  // A namespace that comes back is read anew.
  putNamespace(server, "shop", "a");
  await eventually(followed.present).toEqual(expect.arrayContaining(["HTTPRoute shop/a", "Service shop/used"]));
});

test("an EndpointSlice that has moved to another Service stays when the former one is referred to no more", async () => {
  const server = await serve([routes]);
  for (const name of ["one", "two"]) {
    server.put(services, service(name));
    server.put(routes, route(name, name));
  }
  server.put(slices, slice("s", "one", "10.0.0.1"));
  const followed = follow(server);
  await followed.started;
  await eventually(() => server.watches).toBeGreaterThan(4);
  server.put(slices, slice("s", "two", "10.0.0.1"));
  const labels = () => changesOf(followed).findLast(({ kind }) => kind === "EndpointSlice")?.object?.metadata.labels;
  await eventually(labels).toMatchObject({ "kubernetes.io/service-name": "two" });
  server.remove(routes, "shop/one");
  await eventually(followed.present).toEqual(["EndpointSlice shop/s", "HTTPRoute shop/two", "Service shop/two"]);
});

test("an endpoint that is gone does not wait for a Service that something else refers to", async () => {
  const server = await serve([routes]);
  server.put(services, service("one"));
  server.put(routes, route("one", "one"));
  server.put(slices, slice("s", "one", "10.0.0.1"));
  const followed = follow(server);
  await followed.started;
  await eventually(() => server.watches).toBeGreaterThan(4);
  const read = keepBack(server, /\/services\?.*name=slow/);
  server.put(routes, route("two", "slow"));
  await read.begun;
  server.remove(slices, "shop/s");
  await eventually(followed.present).not.toContain("EndpointSlice shop/s");
  const batch = followed.batches.find(({ changes }) => changes.some(({ object }) => object === undefined));
  // Both would go together when the longest time to wait is over.
  expect(batch?.changes.map(({ kind }) => kind)).toEqual(["EndpointSlice"]);
  read.release();
  await eventually(followed.present).toContain("HTTPRoute shop/two");
});

test("a namespace that could not be read is told of until it could", async () => {
  const server = await serve([routes]);
  server.put(routes, route("a", "none"));
  putNamespace(server, "shop", "b");
  const { started, present, problems } = follow(server, ofTeam);
  await started;
  server.intercept = ({ url }) =>
    /\/namespaces\/shop\/httproutes/.test(url) ? { status: 403, body: { message: "no" } } : undefined;
  putNamespace(server, "shop", "a");
  const codes = (): readonly string[] => problems().map(({ code }) => code);
  await eventually(codes).toContain("Forbidden");
  server.intercept = undefined;
  await eventually(present).toContain("HTTPRoute shop/a");
  await eventually(codes).not.toContain("Forbidden");
});

test("a Service that may not be read is told of with its namespace where permissions are given by namespace", async () => {
  const server = await serve([routes]);
  server.intercept = ({ url }) =>
    /\/services\?.*name=used/.test(url) ? { status: 403, body: { message: "no" } } : undefined;
  server.put(services, service("used"));
  server.put(routes, route("a", "used"));
  const { started, present, problems } = follow(server, { type: "Namespaces", namespaces: ["shop"] });
  await started;
  const messages = (): readonly string[] => problems().map(({ message }) => message);
  await eventually(messages).toContainEqual(
    expect.stringContaining("list on services in namespace shop: add these verbs to its Role in namespace shop"),
  );
  // Nobody asks any more: it is no problem any more.
  server.remove(routes, "shop/a");
  await eventually(present).toEqual([]);
  await eventually(messages).not.toContainEqual(expect.stringContaining("services in namespace shop"));
});
