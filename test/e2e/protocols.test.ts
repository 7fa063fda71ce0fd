import { beforeAll, expect, test } from "vitest";
import {
  eventually,
  httpRoute,
  openHttp2,
  sendOver,
  serviceManifest,
  useBackend,
  useGateway,
} from "./harness/index.ts";

const gateway = useGateway();
const a = useBackend("a");
const service = (name: string, appProtocol: string) =>
  serviceManifest({ name, appProtocol, endpoints: [{ port: a().port }] });
const route = (name: string, filters = "") =>
  httpRoute(name, `${name}.test`, `- { backendRefs: [{ name: ${name}, port: 80 }]${filters} }`);

beforeAll(() => gateway().apply(a(), route("a")));

test("a backend gets HTTP/1.1 unless its Service says otherwise", async () => {
  expect((await gateway().request("/", { host: "a.test" })).echo.proto).toBe("HTTP/1.1");
});

test("clients may speak HTTP/2 with prior knowledge", async () => {
  const answer = await gateway().request("/x", { host: "a.test", version: 2 });
  expect([answer.status, answer.echo.proto, answer.echo.host]).toEqual([200, "HTTP/1.1", "a.test"]);
});

test("requests of several hosts share one HTTP/2 connection", async () => {
  const session = openHttp2(gateway().port);
  const answers = await Promise.all(["a.test", "other.test"].map((host) => sendOver(session, "/", { host })));
  session.close();
  expect(answers.map(({ status }) => status)).toEqual([200, 404]);
});

test.each(["kubernetes.io/h2c", "gateway.envoyproxy.io/h2c"])(
  "appProtocol %s: the backend gets HTTP/2",
  async (protocol) => {
    const name = protocol.replaceAll(/[^a-z0-9]/g, "-");
    await gateway().apply(service(name, protocol), route(name));
    expect((await gateway().request("/", { host: `${name}.test` })).echo.proto).toBe("HTTP/2.0");
  },
);

test("a changed appProtocol changes what is spoken", async () => {
  await gateway().apply(service("switch", "kubernetes.io/h2c"), route("switch"));
  const proto = async () => (await gateway().request("/", { host: "switch.test" })).echo.proto;
  expect(await proto()).toBe("HTTP/2.0");
  await gateway().apply(service("switch", "http"));
  expect(await proto()).toBe("HTTP/1.1");
});

test("gRPC passes with its trailers where the appProtocol is grpc", async () => {
  await gateway().apply(service("grpc", "grpc"), route("grpc"));
  const answer = await gateway().request("/pkg.Service/Method", {
    host: "grpc.test",
    version: 2,
    method: "POST",
    headers: { "content-type": "application/grpc", te: "trailers" },
    body: "\0\0\0\0\0",
  });
  expect(answer.status).toBe(200);
  expect(answer.trailers["grpc-status"]).toBe("0");
  expect(answer.body).toContain('"path":"/pkg.Service/Method"');
});

test.each([
  ["without appProtocol", "a", ""],
  ["with appProtocol kubernetes.io/ws", "ws", "kubernetes.io/ws"],
])("a WebSocket is opened %s and carries data both ways", async (_, name, protocol) => {
  if (protocol !== "") await gateway().apply(service(name, protocol), route(name));
  const webSocket = await gateway().webSocket("/chat", { host: `${name}.test` });
  expect(webSocket.status).toBe(101);
  webSocket.socket.write("hello");
  await eventually(() => expect(webSocket.text()).toBe("/chat\nhello"));
  webSocket.socket.destroy();
});

test("a WebSocket goes through a rewrite", async () => {
  const rewrite = `, filters: [{ type: URLRewrite, urlRewrite: { path: { type: ReplacePrefixMatch, replacePrefixMatch: /new } } }]`;
  await gateway().apply(
    a(),
    httpRoute("rewritten", "rewritten.test", `- { backendRefs: [{ name: a, port: 80 }]${rewrite} }`),
  );
  const webSocket = await gateway().webSocket("/chat", { host: "rewritten.test" });
  expect(webSocket.status).toBe(101);
  await eventually(() => expect(webSocket.text()).toBe("/new/chat\n"));
  webSocket.socket.destroy();
});

test("an open WebSocket outlives changes of routes and backends beside it", async () => {
  const webSocket = await gateway().webSocket("/", { host: "a.test" });
  await eventually(() => expect(webSocket.text()).toBe("/\n"));
  await gateway().apply(service("beside", "kubernetes.io/h2c"), route("beside"));
  await gateway().delete("HTTPRoute default/beside");
  webSocket.socket.write("still here");
  await eventually(() => expect(webSocket.text()).toBe("/\nstill here"));
  webSocket.socket.destroy();
});

test("a large body passes both ways", async () => {
  const body = "x".repeat(3_000_000);
  const answer = await gateway().request("/", { host: "a.test", method: "POST", body });
  expect(answer.echo.body.length).toBe(body.length);
});
