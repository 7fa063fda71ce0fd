import { setTimeout as sleep } from "node:timers/promises";
import { status } from "@grpc/grpc-js";
import { afterEach, expect, test, vi } from "vitest";
import type { XdsServerOptions } from "./options.ts";
import { createXdsServer, type XdsServer } from "./server.ts";
import { type TestRequest, TestStream } from "./testing/grpc-client.ts";
import { modelHost, modelResource } from "./testing/model-resources.ts";
import { until } from "./testing/until.ts";

vi.setConfig({ testTimeout: 30_000 });

const node = { id: "envoy-1", cluster: "f" };
const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface Setup {
  readonly server: XdsServer;
  readonly problems: string[];
  connect(options?: ConstructorParameters<typeof TestStream>[1]): TestStream;
}

async function serve(options: Partial<XdsServerOptions> = {}): Promise<Setup> {
  const problems: string[] = [];
  const server = createXdsServer({
    tls: "none",
    graceMs: 50,
    onProblem: (message) => problems.push(message),
    ...options,
  });
  cleanups.push(() => server.close());
  const port = await server.listen("127.0.0.1:0");
  return {
    server,
    problems,
    connect(streamOptions) {
      const stream = new TestStream(port, streamOptions);
      cleanups.push(() => stream.close());
      return stream;
    },
  };
}

function cluster(name: string, salt = "") {
  return { name, value: modelResource(name, { salt }) };
}

function table(size: number, salt = "") {
  const virtualHost = Array.from({ length: size }, (_, index) => {
    const name = `h${index}`;
    return { table: "t", name, value: modelHost("t", name, { salt }) };
  });
  return { route: [{ name: "t", value: modelResource("t") }], virtualHost };
}

function subscribed(stream: TestStream, request: TestRequest = {}): TestStream {
  stream.subscribe("cluster", { node, ...request });
  return stream;
}

test("an Envoy of an unknown fleet waits, and is served from the fleet's first update on", async () => {
  const { server, connect } = await serve();
  const stream = subscribed(connect());
  await until("it is connected", () => server.streams()[0]?.node === "envoy-1");
  server.update("other", { cluster: [cluster("x")] });
  await sleep(20);
  expect(stream.responses).toEqual([]);
  server.update("f", { cluster: [cluster("a")] });
  await until("it is answered", () => stream.responses.length === 1);
  expect(stream.responses[0]?.resources.map((resource) => resource.name)).toEqual(["a"]);
});

test("while held, nothing is sent; the release sends everything loaded until then as one response", async () => {
  const { server, connect } = await serve({ hold: true });
  const stream = subscribed(connect(), { initialVersions: { b: "known", gone: "known" } });
  await until("it is connected", () => server.streams()[0]?.node === "envoy-1");
  server.update("f", { cluster: [cluster("a")] });
  server.update("f", { cluster: [cluster("b")] });
  await sleep(20);
  expect(stream.responses).toEqual([]);
  server.release();
  await until("it is answered", () => stream.responses.length === 1);
  expect(stream.responses[0]?.resources.map((resource) => resource.name).sort()).toEqual(["a", "b"]);
  expect(stream.responses[0]?.removed).toEqual([]);
});

test("changes collect while a response is unacknowledged, and only the newest is sent", async () => {
  const { server, connect } = await serve();
  server.update("f", { cluster: [cluster("a")] });
  const stream = subscribed(connect());
  await until("it is answered", () => stream.responses.length === 1);
  for (const salt of ["1", "2", "3"]) server.update("f", { cluster: [cluster("a", salt)] });
  await sleep(20);
  expect(stream.responses).toHaveLength(1);
  stream.acknowledge("cluster");
  await until("the next is there", () => stream.responses.length === 2);
  expect(stream.responses[1]?.resources[0]?.content.salt).toBe("3");
});

test("a wrong nonce acknowledges nothing", async () => {
  const { server, connect } = await serve();
  server.update("f", { cluster: [cluster("a")] });
  const stream = subscribed(connect());
  await until("it is answered", () => stream.responses.length === 1);
  stream.acknowledge("cluster", { nonce: "no such nonce" });
  stream.acknowledge("cluster", { nonce: "no such nonce", error: "refused" });
  server.update("f", { cluster: [cluster("a", "new")] });
  await sleep(20);
  expect(stream.responses).toHaveLength(1);
  expect(server.streams()[0]?.types[0]).toMatchObject({ inFlight: stream.responses[0]?.nonce, quarantined: [] });
  stream.acknowledge("cluster");
  await until("the next is there", () => stream.responses.length === 2);
});

test("a type that is not served is not answered and disturbs nothing", async () => {
  const { server, connect } = await serve();
  server.update("f", { cluster: [cluster("a")] });
  const stream = connect();
  stream.send({ node, typeUrl: "type.googleapis.com/envoy.service.runtime.v3.Runtime", names: ["x"] });
  stream.subscribe("cluster");
  await until("clusters are answered", () => stream.of("cluster").length === 1);
  expect(stream.responses).toHaveLength(1);
});

test.each([
  ["bytes that are no message", (stream: TestStream) => stream.raw(Buffer.from("garbage \xff\xff\xff", "latin1"))],
  ["a first request without node", (stream: TestStream) => stream.subscribe("cluster")],
  ["a node without id", (stream: TestStream) => stream.subscribe("cluster", { node: { id: "", cluster: "f" } })],
])("%s ends that stream with INVALID_ARGUMENT and no other", async (_, misbehave) => {
  const { server, connect } = await serve();
  server.update("f", { cluster: [cluster("a")] });
  const good = subscribed(connect());
  await until("the good one is answered", () => good.responses.length === 1);
  const bad = connect();
  misbehave(bad);
  expect((await bad.ended)?.code).toBe(status.INVALID_ARGUMENT);
  good.acknowledge("cluster");
  server.update("f", { cluster: [cluster("b")] });
  await until("the good one is served", () => good.responses.length === 2);
  expect(server.streams()).toHaveLength(1);
});

test("a megabyte of node metadata is skipped", async () => {
  const { server, connect } = await serve();
  server.update("f", { cluster: [cluster("a")] });
  const stream = connect();
  stream.subscribe("cluster", { node: { ...node, metadata: new Uint8Array(1_000_000) } });
  await until("it is answered", () => stream.responses.length === 1);
});

test("a request above the limit ends its stream with RESOURCE_EXHAUSTED", async () => {
  const { connect } = await serve({ maxReceiveMessageBytes: 10_000 });
  const stream = connect();
  stream.subscribe("cluster", { node: { ...node, metadata: new Uint8Array(20_000) } });
  expect((await stream.ended)?.code).toBe(status.RESOURCE_EXHAUSTED);
});

test("an Envoy that does not read holds back neither the others nor more than one response", async () => {
  let pushed = 0;
  const { server, connect } = await serve({ metrics: { pushed: () => pushed++ } });
  server.update("f", table(2_000, "first"));
  const stalled = connect({ isReading: false });
  stalled.subscribe("route", { node, names: ["t"] });
  const good = connect();
  good.subscribe("route", { node: { ...node, id: "envoy-2" }, names: ["t"] });
  await until("both have been sent the table", () => pushed === 2 && good.responses.length === 1);
  for (let change = 0; change < 20; change++) {
    const before = good.responses.length;
    server.update("f", table(2_000, `change ${change}`));
    good.acknowledge("route");
    await until("the good one has it", () => good.responses.length > before);
  }
  stalled.read();
  await until("the stalled one reads again", () => stalled.responses.length === 1);
  stalled.acknowledge("route");
  await until("it has the newest", () => stalled.responses.length === 2);
  expect(stalled.responses[1]?.resources[0]?.hosts[0]?.salt).toBe("change 19");
});

test("hundreds of Envoys are all told, and their ends are noticed", async () => {
  const { server, problems, connect } = await serve();
  server.update("f", { cluster: [cluster("a")] });
  const streams = Array.from({ length: 200 }, (_, index) =>
    subscribed(connect(), { node: { ...node, id: `envoy-${index}` } }),
  );
  await until("all are answered", () => streams.every((stream) => stream.responses.length === 1));
  for (const stream of streams) stream.acknowledge("cluster");
  await until("all have acknowledged", () =>
    server.streams().every((stream) => stream.types[0]?.acknowledged !== undefined),
  );
  server.update("f", { cluster: [cluster("b")] });
  await until("all are told", () => streams.every((stream) => stream.responses.length === 2));
  for (const stream of streams) stream.close();
  await until("none is left", () => server.streams().length === 0);
  expect(problems).toEqual([]);
});

test.each([
  ["delta", "Delta"],
  ["state of the world", "Stream"],
])("services of single types share an Envoy's order of updates (%s)", async (_, prefix) => {
  const { server, connect } = await serve();
  server.update("f", {
    cluster: [cluster("a")],
    route: [{ name: "t", value: modelResource("t") }],
    virtualHost: [{ table: "t", name: "h", value: modelHost("t", "h", { clusters: ["a"] }) }],
  });
  const clusters = connect({ path: `/envoy.service.cluster.v3.ClusterDiscoveryService/${prefix}Clusters` });
  clusters.subscribe("cluster", { node });
  await until("the cluster is sent", () => clusters.responses.length === 1);
  const routes = connect({ path: `/envoy.service.route.v3.RouteDiscoveryService/${prefix}Routes` });
  routes.send({ node, names: ["t"] });
  await sleep(20);
  expect(routes.responses).toEqual([]);
  clusters.acknowledge("cluster");
  await until("the table is sent", () => routes.responses.length === 1);
  expect(routes.responses[0]?.resources[0]?.hosts.map((host) => host.name)).toEqual(["h"]);
});

test("a removed fleet's Envoys are disconnected, keep waiting when they come back, and are served when it does", async () => {
  const { server, connect } = await serve();
  server.update("f", { cluster: [cluster("a")] });
  const first = subscribed(connect());
  await until("it is answered", () => first.responses.length === 1);
  server.remove("f");
  expect((await first.ended)?.code).toBe(status.UNAVAILABLE);
  const second = subscribed(connect(), { initialVersions: { a: first.responses[0]?.resources[0]?.version ?? "" } });
  await until("it is back", () => server.streams().length === 1);
  server.update("f", { cluster: [cluster("a"), cluster("b")] });
  await until("it is answered", () => second.responses.length === 1);
  expect(second.responses[0]?.resources.map((resource) => resource.name)).toEqual(["b"]);
});

test("metrics tell of updates, pushes, refusals and the ends of streams", async () => {
  const events: string[] = [];
  const { server, connect } = await serve({
    metrics: {
      snapshotUpdated: (fleet) => events.push(`updated ${fleet}`),
      pushed: (type) => events.push(`pushed ${type}`),
      nack: (nodeId, typeUrl) => events.push(`nack ${nodeId} ${typeUrl.split(".").at(-1)}`),
      streamClosed: ({ nodeId, isDelta }) => events.push(`closed ${nodeId} ${isDelta}`),
    },
  });
  server.update("f", { cluster: [cluster("a")] });
  const stream = subscribed(connect());
  await until("it is answered", () => stream.responses.length === 1);
  stream.acknowledge("cluster", { error: "no" });
  await until("the refusal is known", () => events.some((event) => event.startsWith("nack")));
  stream.close();
  await until("the end is known", () => events.some((event) => event.startsWith("closed")));
  expect(events).toEqual(["updated f", "pushed cluster", "nack envoy-1 Cluster", "closed envoy-1 true"]);
});

test("with an authorizer, a stream is served only after its token was found good, with all that was asked meanwhile", async () => {
  const asked: string[] = [];
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const { server, connect } = await serve({
    authorize: (token, { id, cluster: fleet }) => {
      asked.push(`${token} ${id} ${fleet}`);
      return token === "good" ? promise : Promise.resolve("the token is another pod's");
    },
  });
  server.update("f", { cluster: [cluster("a")], listener: [cluster("l")] });
  const bad = subscribed(connect({ token: "bad" }));
  expect(await bad.ended).toMatchObject({ code: status.UNAUTHENTICATED, details: "the token is another pod's" });
  const good = subscribed(connect({ token: "good" }));
  good.subscribe("listener");
  await until("it is asked", () => asked.includes("good envoy-1 f"));
  await sleep(20);
  expect([good.responses, bad.responses]).toEqual([[], []]);
  resolve(undefined);
  await until("clusters come", () => good.of("cluster").length === 1);
  good.acknowledge("cluster");
  await until("listeners come", () => good.of("listener").length === 1);
});

test("when a token cannot be checked, the Envoy comes again", async () => {
  const { connect, problems } = await serve({ authorize: () => Promise.reject(new Error("no API server")) });
  const stream = subscribed(connect({ token: "good" }));
  expect(await stream.ended).toMatchObject({ code: status.UNAVAILABLE });
  // It comes again all the time, and that is said once.
  expect(await subscribed(connect({ token: "good" })).ended).toMatchObject({ code: status.UNAVAILABLE });
  expect(problems).toEqual(["xDS stream of envoy-1 ended: no API server"]);
});

test("streams that name themselves to nobody, or whose token is not checked, end after a while; good ones stay", async () => {
  const { server, connect } = await serve({
    authorizeTimeoutMs: 300,
    authorize: (token) => (token === "good" ? Promise.resolve(undefined) : new Promise(() => undefined)),
  });
  const good = subscribed(connect({ token: "good" }));
  expect(await connect({ token: "silent" }).ended).toMatchObject({ code: status.UNAVAILABLE });
  expect(await subscribed(connect({ token: "unchecked" })).ended).toMatchObject({ code: status.UNAVAILABLE });
  server.update("f", { cluster: [cluster("a")] });
  await until("clusters come", () => good.of("cluster").length === 1);
});

test("of what is sent before a token was checked only so much is kept, for all streams together", async () => {
  const { server, connect } = await serve({
    authorize: (token) => (token === "good" ? Promise.resolve(undefined) : new Promise(() => undefined)),
  });
  const names = [..."abc"].map((letter) => letter.repeat(25 * 1024 * 1024));
  const streams = names.map((name) => subscribed(connect({ token: "unchecked" }), { names: [name] }));
  expect(await Promise.race(streams.map(({ ended }) => ended))).toMatchObject({ code: status.RESOURCE_EXHAUSTED });
  for (const stream of streams) stream.close();
  await until("they are gone", () => server.streams().length === 0);
  server.update("f", { cluster: [cluster("a")] });
  const good = subscribed(connect({ token: "good" }));
  await until("clusters come", () => good.of("cluster").length === 1);
});
