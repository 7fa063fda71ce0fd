import { beforeAll, expect, test } from "vitest";
import { useBackend, useGateway } from "./harness/index.ts";

const gateway = useGateway({
  listeners: ([one, two, three, four]) => `
- { name: same, protocol: HTTP, port: ${one}, hostname: "*.same.test" }
- { name: all, protocol: HTTP, port: ${one}, hostname: "*.all.test", allowedRoutes: { namespaces: { from: All } } }
- { name: labels, protocol: HTTP, port: ${two}, allowedRoutes: { namespaces: { from: Selector, selector: { matchLabels: { team: blue } } } } }
- { name: expressions, protocol: HTTP, port: ${three}, allowedRoutes: { namespaces: { from: Selector, selector: { matchExpressions: [{ key: kubernetes.io/metadata.name, operator: In, values: [near, far] }] } } } }
- { name: grpc-only, protocol: HTTP, port: ${four}, allowedRoutes: { namespaces: { from: All }, kinds: [{ kind: GRPCRoute }] } }`,
});
const a = useBackend("a");
const far = useBackend("a", { namespace: "far" });
beforeAll(() => gateway().apply(a(), far()));

/** A route with these parentRefs and hosts. */
function route(name: string, parents: string, hosts: string): string {
  const [namespace, plain] = name.includes("/") ? name.split("/") : ["default", name];
  return `---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: ${plain}, namespace: ${namespace} }
spec:
  parentRefs: [${parents}]
  hostnames: [${hosts}]
  rules: [{ backendRefs: [{ name: a, port: 80 }] }]
`;
}

const parent = (more = "") => `{ name: eg, namespace: default${more} }`;
const namespace = (name: string, labels: string) => `---
apiVersion: v1
kind: Namespace
metadata: { name: ${name}, labels: ${labels} }
`;

/** Statuses of a host on the ports. */
async function served(host: string): Promise<number[]> {
  const answers = await Promise.all(
    gateway()
      .ports.slice(0, 4)
      .map((port) => gateway().request("/", { host, port })),
  );
  return answers.map(({ status }) => status);
}

test("without a section a route is attached to every listener that admits it", async () => {
  await gateway().apply(
    namespace("default", "{ team: blue }"),
    route("everywhere", parent(), '"x.same.test", "x.all.test", "x.test"'),
  );
  expect(await served("x.same.test")).toEqual([200, 200, 404, 404]);
  expect(await served("x.all.test")).toEqual([200, 200, 404, 404]);
  expect(await served("x.test")).toEqual([404, 200, 404, 404]);
  const attached = gateway()
    .status("Gateway default/eg")
    ?.listeners?.map(({ name, attachedRoutes }) => [name, attachedRoutes]);
  expect(attached).toEqual([
    ["same", 1],
    ["all", 1],
    ["labels", 1],
    ["expressions", 0],
    ["grpc-only", 0],
  ]);
  await gateway().delete("HTTPRoute default/everywhere");
  expect(await served("x.same.test")).toEqual([404, 404, 404, 404]);
});

test("a section names one listener; an unknown one is no parent", async () => {
  await gateway().apply(route("section", parent(", sectionName: labels"), '"section.all.test"'));
  expect(await served("section.all.test")).toEqual([404, 200, 404, 404]);
  await gateway().apply(route("section", parent(", sectionName: nowhere"), '"section.all.test"'));
  expect(await served("section.all.test")).toEqual([404, 404, 404, 404]);
  expect(gateway().conditions("HTTPRoute default/section")).toContain("Accepted=False NoMatchingParent");
});

test("a port names all listeners of the port, together with a section the one that has both", async () => {
  const [one, two] = gateway().ports;
  await gateway().apply(route("port", parent(`, port: ${two}`), '"port.all.test"'));
  expect(await served("port.all.test")).toEqual([404, 200, 404, 404]);
  await gateway().apply(route("port", parent(`, port: ${one}`), '"port.all.test", "port.same.test"'));
  expect(await served("port.all.test")).toEqual([200, 404, 404, 404]);
  expect(await served("port.same.test")).toEqual([200, 404, 404, 404]);
  await gateway().apply(route("port", parent(`, sectionName: all, port: ${two}`), '"port.all.test"'));
  expect(await served("port.all.test")).toEqual([404, 404, 404, 404]);
  expect(gateway().conditions("HTTPRoute default/port")).toContain("Accepted=False NoMatchingParent");
});

test("several parentRefs have a status each", async () => {
  const parents = [parent(", sectionName: all"), parent(", sectionName: nowhere"), parent(", sectionName: labels")];
  await gateway().apply(route("several", parents.join(", "), '"several.all.test"'));
  const accepted = gateway()
    .status("HTTPRoute default/several")
    ?.parents?.map(({ parentRef, conditions }) => [parentRef.sectionName, conditions[0]?.reason]);
  expect(accepted).toEqual([
    ["all", "Accepted"],
    ["nowhere", "NoMatchingParent"],
    ["labels", "Accepted"],
  ]);
  expect(await served("several.all.test")).toEqual([200, 200, 404, 404]);
});

test("a listener for its own namespace takes no route of another, one for all does", async () => {
  await gateway().apply(
    route("far/same", parent(", sectionName: same"), '"far.same.test"'),
    route("far/all", parent(", sectionName: all"), '"far.all.test"'),
  );
  expect(await served("far.same.test")).toEqual([404, 404, 404, 404]);
  expect(gateway().conditions("HTTPRoute far/same")).toContain("Accepted=False NotAllowedByListeners");
  expect(await served("far.all.test")).toEqual([200, 404, 404, 404]);
});

test("a selector follows the labels of namespaces", async () => {
  await gateway().apply(route("far/labels", parent(", sectionName: labels"), '"labels.test"'));
  expect(await served("labels.test")).toEqual([404, 404, 404, 404]);
  await gateway().apply(namespace("far", "{ team: blue }"));
  expect(await served("labels.test")).toEqual([404, 200, 404, 404]);
  await gateway().apply(namespace("far", "{ team: red }"));
  expect(await served("labels.test")).toEqual([404, 404, 404, 404]);
  expect(gateway().conditions("HTTPRoute far/labels")).toContain("Accepted=False NotAllowedByListeners");
  await gateway().apply(namespace("far", "{ team: blue }"));
  expect(await served("labels.test")).toEqual([404, 200, 404, 404]);
  await gateway().delete("Namespace far");
  expect(await served("labels.test")).toEqual([404, 404, 404, 404]);
});

test("a namespace is known by its name though nobody declares it", async () => {
  await gateway().apply(route("far/expressions", parent(", sectionName: expressions"), '"expressions.test"'));
  expect(await served("expressions.test")).toEqual([404, 404, 200, 404]);
});

test("a listener for other kinds of routes takes none of these", async () => {
  await gateway().apply(route("kinds", parent(", sectionName: grpc-only"), '"kinds.test"'));
  expect(gateway().conditions("HTTPRoute default/kinds")).toContain("Accepted=False NotAllowedByListeners");
  expect(await served("kinds.test")).toEqual([404, 404, 404, 404]);
});

test("a route whose hosts no listener has is not accepted", async () => {
  await gateway().apply(route("hosts", parent(", sectionName: same"), '"elsewhere.test", "same.test"'));
  expect(gateway().conditions("HTTPRoute default/hosts")).toContain("Accepted=False NoMatchingListenerHostname");
});

test("a route of a Gateway that is not ours has no status from us", async () => {
  await gateway().apply(route("foreign", "{ name: unknown }", '"foreign.test"'));
  expect(gateway().status("HTTPRoute default/foreign")).toBeUndefined();
});
