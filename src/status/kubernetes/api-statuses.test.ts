import { afterEach, beforeEach, expect, test } from "vitest";
import { type AnyObject, KubeClient } from "../../kube/client.ts";
import type { KubeError } from "../../kube/error.ts";
import { TestApiServer, type TestResource } from "../../kube/testing/api-server.ts";
import type { Condition, ObjectStatus } from "../../translate/conditions.ts";
import type { WrittenStatus } from "../object-status.ts";
import { ApiStatuses } from "./api-statuses.ts";

const ours = "gateway.envoyproxy.io/gatewayclass-controller";
const routes: TestResource = {
  group: "gateway.networking.k8s.io",
  version: "v1",
  plural: "httproutes",
  kind: "HTTPRoute",
  isNamespaced: true,
};
const gateways: TestResource = { ...routes, plural: "gateways", kind: "Gateway" };

let server: TestApiServer;
let client: KubeClient;
let statuses: ApiStatuses;
let failures: KubeError[];
let areFleetsKnown: boolean;
/** Parents of which what is told is held, as `namespace of the object/name`. */
const heldParents = new Set<string>();
const computed = new Map<string, ObjectStatus>();

beforeEach(async () => {
  server = new TestApiServer([routes, gateways]);
  await server.listen();
  client = new KubeClient(server.config);
  failures = [];
  areFleetsKnown = true;
  computed.clear();
  heldParents.clear();
  statuses = new ApiStatuses({
    client,
    controllerName: ours,
    clock: () => new Date("2026-01-01T00:00:00Z"),
    computed: (id) => computed.get(id),
    areFleetsKnown: () => areFleetsKnown,
    isHeld: ({ name }, namespace) => heldParents.has(`${namespace}/${name}`),
    onWritten: (_kind, _key, error) => void (error && failures.push(error)),
  });
});

afterEach(async () => {
  statuses.follow();
  client.close();
  await server.close();
});

const accepted: Condition = {
  type: "Accepted",
  status: "True",
  reason: "Accepted",
  message: "",
  observedGeneration: 1,
};
const parent = (name: string, controllerName = ours) => ({
  parentRef: { group: "gateway.networking.k8s.io", kind: "Gateway", name },
  controllerName,
  conditions: [accepted],
});

/** Stores an object on the server and tells of it, as a watch would. */
function put(resource: TestResource, name: string, status?: unknown): AnyObject {
  const stored = server.put(resource, { metadata: { name, namespace: "shop" }, ...(status ? { status } : {}) });
  observe(resource, stored);
  return stored;
}

function observe(resource: TestResource, { metadata, status }: AnyObject): void {
  statuses.observed({
    kind: resource.kind,
    key: `shop/${metadata.name}`,
    resource,
    uid: metadata.uid ?? "",
    resourceVersion: metadata.resourceVersion ?? "",
    status: status as WrittenStatus | undefined,
  });
}

function compute(kind: string, name: string, body: ObjectStatus["body"], uid?: string): void {
  const value: ObjectStatus = { kind, key: `shop/${name}`, body, ...(uid === undefined ? {} : { uid }) };
  const previous = computed.get(`${kind}/shop/${name}`);
  computed.set(`${kind}/shop/${name}`, value);
  statuses.apply([{ value, previous }]);
}

const held = (resource: TestResource, name: string) => server.get(resource, `shop/${name}`)?.["status"];
const writes = (): number => server.received.filter(({ method }) => method === "PATCH").length;

test("entries of others stay as they are, and what is right already is not written again", async () => {
  const foreign = parent("theirs", "example.com/other");
  put(routes, "r", { parents: [foreign] });
  statuses.lead();
  compute("HTTPRoute", "r", { parents: [parent("eg")] });
  await statuses.flush();
  const time = { lastTransitionTime: "2026-01-01T00:00:00Z" };
  expect(held(routes, "r")).toEqual({
    parents: [foreign, { ...parent("eg"), conditions: [{ ...accepted, ...time }] }],
  });
  expect(writes()).toBe(1);
  observe(routes, server.get(routes, "shop/r") as AnyObject);
  statuses.follow();
  statuses.lead();
  await statuses.flush();
  expect(writes()).toBe(1);
});

test("entries for a parent that is held stay where they are until it is told of again, or held no more", async () => {
  put(routes, "r");
  statuses.lead();
  compute("HTTPRoute", "r", { parents: [parent("a"), parent("b")] });
  await statuses.flush();
  const both = held(routes, "r");
  heldParents.add("shop/a");
  compute("HTTPRoute", "r", { parents: [parent("b")] });
  await statuses.flush();
  compute("HTTPRoute", "r", { parents: [parent("a"), parent("b")] });
  await statuses.flush();
  expect([held(routes, "r"), writes()]).toEqual([both, 1]);
  const previous = computed.get("HTTPRoute/shop/r");
  computed.clear();
  statuses.apply([{ value: undefined, previous }]);
  await statuses.flush();
  expect(held(routes, "r")).toMatchObject({ parents: [{ parentRef: { name: "a" } }] });
  heldParents.clear();
  statuses.heldChanged();
  await statuses.flush();
  expect(held(routes, "r")).toMatchObject({ parents: [] });
});

test("conditions of others on a Gateway stay, our former ones go", async () => {
  const theirs = { type: "example.com/Checked", status: "True", reason: "R", message: "", lastTransitionTime: "t" };
  const former = { ...accepted, type: "ResolvedRefs", lastTransitionTime: "t" };
  put(gateways, "eg", { conditions: [theirs, former] });
  statuses.lead();
  compute("Gateway", "eg", { conditions: [accepted] });
  await statuses.flush();
  const { conditions } = held(gateways, "eg") as { conditions: Condition[] };
  expect(conditions.map(({ type }) => type)).toEqual(["Accepted", "example.com/Checked"]);
});

test("what somebody wrote at the same time is kept: the write is made anew from it", async () => {
  const stale = put(routes, "r");
  const foreign = parent("theirs", "example.com/other");
  server.put(routes, { ...stale, status: { parents: [foreign] } });
  statuses.lead();
  compute("HTTPRoute", "r", { parents: [parent("eg")] });
  await statuses.flush();
  expect((held(routes, "r") as WrittenStatus).parents?.map(({ controllerName }) => controllerName)).toEqual([
    "example.com/other",
    ours,
  ]);
});

test("an answer to our own write does not hide what somebody wrote after it", async () => {
  put(routes, "r");
  const arrived = Promise.withResolvers<void>();
  // The answer comes late: meanwhile another controller has replaced the list, and the watch has told both versions.
  server.intercept = async ({ method }) => {
    if (method !== "PATCH") return undefined;
    server.intercept = undefined;
    const parents = [{ ...parent("eg"), conditions: [{ ...accepted, lastTransitionTime: "2026-01-01T00:00:00Z" }] }];
    const own = server.put(routes, { ...(server.get(routes, "shop/r") as AnyObject), status: { parents } });
    observe(routes, own);
    observe(routes, server.put(routes, { ...own, status: { parents: [parent("theirs", "example.com/other")] } }));
    arrived.resolve();
    return { status: 200, body: own };
  };
  statuses.lead();
  compute("HTTPRoute", "r", { parents: [parent("eg")] });
  await arrived.promise;
  await statuses.flush();
  expect((held(routes, "r") as WrittenStatus).parents?.map(({ controllerName }) => controllerName)).toEqual([
    "example.com/other",
    ours,
  ]);
});

test("what a watch tells late does not replace the answer to a write, but the word of an API server that was set back does", async () => {
  const stored = put(routes, "r");
  statuses.lead();
  compute("HTTPRoute", "r", { parents: [parent("eg")] });
  await statuses.flush();
  observe(routes, stored);
  await statuses.flush();
  expect(writes()).toBe(1);
  // Set back: what was there before is the latest again, so that ours is missing and is written anew.
  server.put(routes, stored);
  const { uid = "" } = stored.metadata;
  const setBack = { kind: "HTTPRoute", key: "shop/r", resource: routes, uid, resourceVersion: "1", status: undefined };
  statuses.observed(setBack, true);
  await statuses.flush();
  expect((held(routes, "r") as WrittenStatus).parents).toHaveLength(1);
});

test("until it is known how Envoys are, a Gateway's addresses and Programmed stay; everything else is written", async () => {
  const time = { lastTransitionTime: "2025-01-01T00:00:00Z" };
  const programmed = { type: "Programmed", status: "True", reason: "Programmed", message: "", ...time };
  const addresses = [{ type: "IPAddress", value: "192.0.2.1" }];
  put(gateways, "eg", { addresses, conditions: [programmed] });
  put(gateways, "new");
  areFleetsKnown = false;
  statuses.lead();
  const missing: Condition = { ...accepted, type: "Programmed", status: "False", reason: "AddressNotAssigned" };
  const resolved: Condition = { ...accepted, type: "ResolvedRefs", reason: "ResolvedRefs" };
  for (const name of ["eg", "new"]) compute("Gateway", name, { conditions: [accepted, missing, resolved] });
  await statuses.flush();
  const { conditions, ...rest } = held(gateways, "eg") as WrittenStatus;
  expect(rest).toEqual({ addresses });
  expect(conditions?.map(({ type }) => type)).toEqual(["Accepted", "Programmed", "ResolvedRefs"]);
  expect(conditions?.[1]).toEqual(programmed);
  const types = (held(gateways, "new") as WrittenStatus).conditions?.map(({ type }) => type);
  expect(types).toEqual(["Accepted", "ResolvedRefs"]);

  areFleetsKnown = true;
  statuses.fleetsKnown();
  await statuses.flush();
  for (const name of ["eg", "new"]) {
    const { conditions, addresses } = held(gateways, name) as WrittenStatus;
    expect(conditions?.map(({ type, status }) => [type, status])).toEqual([
      ["Accepted", "True"],
      ["Programmed", "False"],
      ["ResolvedRefs", "True"],
    ]);
    expect(addresses).toBeUndefined();
  }
});

test("what is gone is told with its uid: another object of that name stays known", () => {
  const first = put(routes, "r");
  server.remove(routes, "shop/r");
  put(routes, "r", { parents: [parent("eg")] });
  statuses.gone("HTTPRoute", "shop/r", first.metadata.uid);
  expect(statuses.get("HTTPRoute", "shop/r")).toBeDefined();
  statuses.gone("HTTPRoute", "shop/r", server.get(routes, "shop/r")?.metadata.uid);
  expect(statuses.list()).toEqual([]);
});

test("a status that somebody overwrote is put right", async () => {
  put(routes, "r");
  statuses.lead();
  compute("HTTPRoute", "r", { parents: [parent("eg")] });
  await statuses.flush();
  observe(routes, server.put(routes, { ...(server.get(routes, "shop/r") as AnyObject), status: { parents: [] } }));
  await statuses.flush();
  expect((held(routes, "r") as WrittenStatus).parents).toHaveLength(1);
});

test("an object made anew under the same name gets nothing that was computed for the one before", async () => {
  const { metadata } = put(routes, "r");
  statuses.lead();
  server.remove(routes, "shop/r");
  put(routes, "r");
  compute("HTTPRoute", "r", { parents: [parent("eg")] }, metadata.uid);
  await statuses.flush();
  expect(held(routes, "r")).toBeUndefined();
  compute("HTTPRoute", "r", { parents: [parent("eg")] }, server.get(routes, "shop/r")?.metadata.uid);
  await statuses.flush();
  expect((held(routes, "r") as WrittenStatus).parents).toHaveLength(1);
});

test("our entries go when nothing is computed for an object any more", async () => {
  const foreign = parent("theirs", "example.com/other");
  put(routes, "r", { parents: [foreign, parent("eg")] });
  statuses.lead();
  await statuses.flush();
  expect(held(routes, "r")).toEqual({ parents: [foreign] });
});

test("an object that is gone is no failure", async () => {
  put(routes, "r");
  server.remove(routes, "shop/r");
  statuses.lead();
  compute("HTTPRoute", "r", { parents: [parent("eg")] });
  await statuses.flush();
  expect(failures).toEqual([]);
});

test("who does not lead writes nothing, and a new leader writes what is not right", async () => {
  put(routes, "r");
  compute("HTTPRoute", "r", { parents: [parent("eg")] });
  await statuses.flush();
  expect(writes()).toBe(0);
  statuses.lead();
  await statuses.flush();
  expect(writes()).toBe(1);
});

test("a Gateway that changes a thousand times in a row is written a few times, the last time rightly", async () => {
  put(gateways, "eg");
  statuses.lead();
  for (let attachedRoutes = 1; attachedRoutes <= 1_000; attachedRoutes += 1) {
    compute("Gateway", "eg", { listeners: [{ name: "http", supportedKinds: [], attachedRoutes, conditions: [] }] });
    if (attachedRoutes % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 2));
  }
  await statuses.flush();
  expect((held(gateways, "eg") as WrittenStatus).listeners?.[0]?.attachedRoutes).toBe(1_000);
  expect(writes()).toBeLessThanOrEqual(8);
});

test("while the API server is away statuses wait, in their newest form", async () => {
  put(routes, "r");
  statuses.lead();
  await server.close();
  compute("HTTPRoute", "r", { parents: [parent("old")] });
  await expect.poll(() => failures.length).toBeGreaterThan(0);
  compute("HTTPRoute", "r", { parents: [parent("new")] });
  await server.listen();
  await statuses.flush();
  expect((held(routes, "r") as WrittenStatus).parents?.map(({ parentRef }) => parentRef.name)).toEqual(["new"]);
});

test("a refusal is told once, and nobody waits for its end", async () => {
  put(routes, "r");
  server.intercept = ({ method }) => (method === "PATCH" ? { status: 403, body: { message: "forbidden" } } : undefined);
  statuses.lead();
  compute("HTTPRoute", "r", { parents: [parent("eg")] });
  await statuses.flush();
  expect(failures.map(({ status }) => status)).toEqual([403]);
});

test("a webhook's refusal that looks like a conflict is told once and not tried over and over", async () => {
  put(routes, "r");
  server.intercept = ({ method }) => (method === "PATCH" ? { status: 409, body: { message: "denied" } } : undefined);
  statuses.lead();
  compute("HTTPRoute", "r", { parents: [parent("eg")] });
  await statuses.flush();
  expect(failures.map(({ status }) => status)).toEqual([409]);
  expect(server.received.filter(({ method }) => method === "PATCH")).toHaveLength(1);
});

test("who leads no more leaves a conflict to the new leader", async () => {
  const stale = put(routes, "r");
  server.intercept = ({ method }) => {
    if (method !== "PATCH") return undefined;
    server.put(routes, { ...stale, status: { parents: [parent("theirs", "example.com/other")] } });
    statuses.follow();
    return undefined;
  };
  statuses.lead();
  compute("HTTPRoute", "r", { parents: [parent("eg")] });
  await statuses.flush();
  expect(server.received.filter(({ method }) => method === "PATCH")).toHaveLength(1);
  expect((held(routes, "r") as WrittenStatus).parents).toHaveLength(1);
});
