import { beforeAll, expect, test } from "vitest";
import {
  type CallOptions,
  definitions,
  GrpcCaller,
  grpcRoute,
  type Question,
  useGrpcBackend,
} from "./harness/grpc/index.ts";
import { eventually, httpRoute, serviceManifest, useBackend, useGateway } from "./harness/index.ts";

const gateway = useGateway();
const one = useGrpcBackend("one");
const two = useGrpcBackend("two");
const three = useGrpcBackend("three");
const web = useBackend("web");
beforeAll(() => gateway().apply(one().manifest, two().manifest, three().manifest, web()));

const to = (name: string, weight = 1) => `{ name: ${name}, port: 80, weight: ${weight} }`;
const call = (method: string, authority: string, options: Omit<CallOptions, "authority"> = {}, ...asked: Question[]) =>
  new GrpcCaller(gateway().port).call(method, { authority, ...options }, ...asked);
const caller =
  (authority: string) =>
  async (method: string, metadata: Record<string, string> = {}) => {
    const { status, answer } = await call(method, authority, { metadata });
    return status === "OK" ? answer.pod || answer.text : status;
  };

test("a call passes to a server that speaks HTTP/2 only, though its Service says nothing of it", async () => {
  const host = "plain.test";
  await gateway().apply(grpcRoute("plain", host, `- backendRefs: [${to("one")}]`));
  expect(gateway().conditions("GRPCRoute default/plain")).toEqual([
    "Accepted=True Accepted",
    "ResolvedRefs=True ResolvedRefs",
  ]);
  const { status, answer } = await call("test.Calls/Echo", host, { metadata: { "X-One": "1" } }, { text: "hi" });
  expect([status, answer.pod, answer.text, answer.authority]).toEqual(["OK", "one", "hi", host]);
  expect(answer.headers["x-one"]).toBe("1");
  expect((await call("test.Calls/Fail", host, {}, { count: 9 })).status).toBe("FAILED_PRECONDITION");
});

test("streams pass in all directions", async () => {
  const host = "streams.test";
  await gateway().apply(grpcRoute("streams", host, `- backendRefs: [${to("one")}]`));
  const texts = async (method: string, ...questions: Question[]) =>
    (await call(method, host, {}, ...questions)).answers.map(({ text }) => text);
  expect(await texts("test.Calls/Count", { count: 3 })).toEqual(["0", "1", "2"]);
  expect(await texts("test.Calls/Join", { text: "a" }, { text: "b" })).toEqual(["a+b"]);
  expect(await texts("test.Calls/Chat", { text: "a" }, { text: "b" })).toEqual(["a", "b"]);
});

test("a stream outlives every change of its route, its backends and the routes beside it", async () => {
  const host = "lasting.test";
  await gateway().apply(grpcRoute("lasting", host, `- backendRefs: [${to("one")}]`));
  const chat = new GrpcCaller(gateway().port).openChat({ authority: host });
  expect((await chat.ask("first")).pod).toBe("one");
  await gateway().apply(grpcRoute("lasting", host, `- backendRefs: [${to("two")}]`));
  expect(await caller(host)("test.Calls/Echo")).toBe("two");
  await gateway().apply(httpRoute("beside", host, `- backendRefs: [${to("web")}]`));
  await gateway().delete("GRPCRoute default/lasting");
  expect((await gateway().request("/", { host })).echo.pod).toBe("web");
  expect([(await chat.ask("second")).pod, (await chat.ask("third")).text]).toEqual(["one", "third"]);
  chat.close();
});

test("exact methods lead to their backends; what no rule takes is UNIMPLEMENTED", async () => {
  const exact = (method: string, name: string) =>
    `- { matches: [{ method: { service: test.Calls, method: ${method} } }], backendRefs: [${to(name)}] }\n`;
  await gateway().apply(grpcRoute("exact", "exact.test", exact("Echo", "one") + exact("EchoTwo", "two")));
  const ask = caller("exact.test");
  expect(await ask("test.Calls/Echo")).toBe("one");
  expect(await ask("test.Calls/EchoTwo")).toBe("two");
  expect(await ask("test.Calls/EchoThree")).toBe("UNIMPLEMENTED");
  expect(await ask("yages.Echo/Ping")).toBe("UNIMPLEMENTED");
  expect(await caller("nobody.test")("test.Calls/Echo")).toBe("UNIMPLEMENTED");
});

test("a service alone takes all its methods, a method alone those of all services, expressions both", async () => {
  const rule = (method: string, name: string) =>
    `- { matches: [{ method: { ${method} } }], backendRefs: [${to(name)}] }\n`;
  await gateway().apply(
    grpcRoute("service", "service.test", rule("service: test.Calls", "two")),
    grpcRoute("method", "method.test", rule("method: Echo", "three")),
    grpcRoute(
      "expressions",
      "expressions.test",
      rule('type: RegularExpression, service: ".*[.]Calls", method: "Echo.+"', "one") +
        rule('type: RegularExpression, service: "yages.+|grpc.+"', "two"),
    ),
  );
  expect(await caller("service.test")("test.Calls/EchoThree")).toBe("two");
  expect(await caller("service.test")("yages.Echo/Ping")).toBe("UNIMPLEMENTED");
  expect(await caller("method.test")("test.Calls/Echo")).toBe("three");
  expect(await caller("method.test")("test.Calls/EchoTwo")).toBe("UNIMPLEMENTED");
  expect(await caller("expressions.test")("test.Calls/EchoTwo")).toBe("one");
  expect(await caller("expressions.test")("test.Calls/Echo")).toBe("UNIMPLEMENTED");
  expect(await caller("expressions.test")("yages.Echo/Ping")).toBe("pong");
});

test("the more of a call's service a match names, the earlier it is tried, then the more of its method", async () => {
  const rule = (match: string, name: string) => `- { matches: [${match}], backendRefs: [${to(name)}] }\n`;
  await gateway().apply(
    grpcRoute(
      "order",
      "order.test",
      rule("{}", "web") +
        rule("{ method: { method: EchoTwo } }", "one") +
        rule("{ method: { service: test.Calls } }", "two") +
        rule("{ method: { service: test.Calls, method: EchoThree } }", "three"),
    ),
  );
  const ask = caller("order.test");
  expect(await ask("test.Calls/EchoThree")).toBe("three");
  expect(await ask("test.Calls/EchoTwo")).toBe("two");
});

test("calls are told apart by their headers", async () => {
  const header = (name: string, value: string) => `{ name: ${name}, value: ${value} }`;
  const rule = (name: string, ...headers: readonly string[]) =>
    `- { matches: [${headers.map((each) => `{ headers: [${each}] }`).join(", ")}], backendRefs: [${to(name)}] }\n`;
  await gateway().apply(
    grpcRoute(
      "headers",
      "headers.test",
      rule("one", header("version", "one")) +
        rule("two", header("version", "two")) +
        rule("one", `${header("version", "two")}, ${header("color", "orange")}`) +
        rule("one", header("color", "blue"), header("color", "green")) +
        rule("two", header("color", "red"), "{ name: color, type: RegularExpression, value: 'yel+ow' }"),
    ),
  );
  const ask = (metadata: Record<string, string>) => caller("headers.test")("test.Calls/Echo", metadata);
  expect(await ask({ Version: "one" })).toBe("one");
  expect(await ask({ Version: "two" })).toBe("two");
  expect(await ask({ Version: "two", Color: "orange" })).toBe("one");
  expect(await ask({ Version: "two", Color: "blue" })).toBe("two");
  expect(await ask({ Color: "orange" })).toBe("UNIMPLEMENTED");
  expect(await ask({ "Some-Other-Header": "one" })).toBe("UNIMPLEMENTED");
  expect(await ask({ Color: "blue" })).toBe("one");
  expect(await ask({ Color: "green" })).toBe("one");
  expect(await ask({ Color: "red" })).toBe("two");
  expect(await ask({ Color: "yellow" })).toBe("two");
  expect(await ask({ Color: "purple" })).toBe("UNIMPLEMENTED");
});

test("headers of calls and answers are changed, by rules and by backendRefs", async () => {
  const host = "modified.test";
  const change = "{ set: [{ name: X-Set, value: set }], add: [{ name: X-Add, value: add }], remove: [X-Remove] }";
  await gateway().apply(
    grpcRoute(
      "modified",
      host,
      `
- filters:
  - { type: RequestHeaderModifier, requestHeaderModifier: ${change} }
  - { type: ResponseHeaderModifier, responseHeaderModifier: { set: [{ name: x-answer, value: "1" }] } }
  backendRefs:
  - { name: one, port: 80, filters: [{ type: RequestHeaderModifier, requestHeaderModifier: { set: [{ name: x-own, value: "1" }] } }] }`,
    ),
  );
  const metadata = { "x-set": "original", "x-add": "original", "x-remove": "original", "x-other": "kept" };
  const { answer, headers } = await call("test.Calls/Echo", host, { metadata });
  expect(answer.headers).toMatchObject({ "x-set": "set", "x-other": "kept", "x-own": "1" });
  expect(answer.headers["x-add"]?.replaceAll(" ", "")).toBe("original,add");
  expect(answer.headers).not.toHaveProperty("x-remove");
  expect(headers["x-answer"]).toBe("1");
});

test("a mirror gets copies of the calls, and its answers are nobody's", async () => {
  const host = "mirror.test";
  await gateway().apply(
    grpcRoute(
      "mirror",
      host,
      `
- filters: [{ type: RequestMirror, requestMirror: { backendRef: { name: two, port: 80 } } }]
  backendRefs: [${to("one")}]`,
    ),
  );
  const before = two().received.length;
  expect(await caller(host)("test.Calls/EchoTwo")).toBe("one");
  await eventually(async () => expect(two().received.slice(before)).toEqual(["EchoTwo"]));
});

test("calls are shared out by weight", async () => {
  const host = "weights.test";
  await gateway().apply(
    grpcRoute("weights", host, `- backendRefs: [${to("one", 7)}, ${to("two", 3)}, ${to("three", 0)}]`),
  );
  const counts: Record<string, number> = {};
  for (let i = 0; i < 200; i++) {
    const pod = await caller(host)("test.Calls/Echo");
    counts[pod] = (counts[pod] ?? 0) + 1;
  }
  expect(Object.keys(counts).sort()).toEqual(["one", "two"]);
  expect(counts["one"]).toBeGreaterThan(100);
  expect(counts["two"]).toBeGreaterThan(25);
});

test("a session stays at its endpoint although the backends have weights", async () => {
  const host = "session.test";
  await gateway().apply(
    grpcRoute(
      "session",
      host,
      `- { sessionPersistence: { type: Header, header: { name: x-session } }, backendRefs: [${to("one")}, ${to("two")}] }`,
    ),
  );
  const first = await call("test.Calls/Echo", host);
  const session = first.headers["x-session"] ?? "";
  const pods = new Set<string>();
  for (let i = 0; i < 20; i++) pods.add(await caller(host)("test.Calls/Echo", { "x-session": session }));
  expect([...pods]).toEqual([first.answer.pod]);
});

test.each([
  ["no backend", "none", "", "ResolvedRefs=True ResolvedRefs"],
  [
    "a backend that does not exist",
    "missing",
    "backendRefs: [{ name: nowhere, port: 80 }]",
    "ResolvedRefs=False BackendNotFound",
  ],
  ["weights of 0 only", "zero", `backendRefs: [${to("one", 0)}]`, "ResolvedRefs=True ResolvedRefs"],
])("with %s calls are UNAVAILABLE", async (_, name, backends, condition) => {
  await gateway().apply(grpcRoute(name, `${name}.test`, `- { name: only, ${backends} }`));
  expect(gateway().conditions(`GRPCRoute default/${name}`)).toContain(condition);
  expect(await caller(`${name}.test`)("test.Calls/Echo")).toBe("UNAVAILABLE");
});

test("the share of an invalid backend is UNAVAILABLE, the other is served", async () => {
  const host = "half.test";
  await gateway().apply(grpcRoute("half", host, `- backendRefs: [${to("one")}, ${to("nowhere")}]`));
  const results = new Set<string>();
  for (let i = 0; i < 40; i++) results.add(await caller(host)("test.Calls/Echo"));
  expect([...results].sort()).toEqual(["UNAVAILABLE", "one"]);
});

test("calls to a server without endpoints are UNAVAILABLE, and the route says why", async () => {
  const host = "asleep.test";
  await gateway().apply(
    serviceManifest({ name: "asleep", endpoints: [] }),
    grpcRoute("asleep", host, `- backendRefs: [${to("asleep")}]`),
  );
  expect(await caller(host)("test.Calls/Echo")).toBe("UNAVAILABLE");
  expect(gateway().conditions("GRPCRoute default/asleep")).toContain("BackendsAvailable=False EndpointsNotFound");
});

test("an expression that is none matches nothing and is told", async () => {
  const host = "invalid.test";
  await gateway().apply(
    grpcRoute(
      "invalid",
      host,
      `
- { matches: [{ method: { type: RegularExpression, method: "(" } }], backendRefs: [${to("one")}] }
- { matches: [{ method: { method: EchoTwo } }], backendRefs: [${to("two")}] }`,
    ),
  );
  expect(gateway().conditions("GRPCRoute default/invalid")).toContain("PartiallyInvalid=True UnsupportedValue");
  expect(await caller(host)("test.Calls/Echo")).toBe("UNIMPLEMENTED");
  expect(await caller(host)("test.Calls/EchoTwo")).toBe("two");
});

test("HTTPRoute and GRPCRoute share a host: each takes what it matches best", async () => {
  const host = "both.test";
  const ofCalls = `- { matches: [{ method: { service: test.Calls } }], backendRefs: [${to("one")}] }`;
  await gateway().apply(httpRoute("both", host, `- backendRefs: [${to("web")}]`), grpcRoute("both", host, ofCalls));
  for (const kind of ["HTTPRoute", "GRPCRoute"]) {
    expect(gateway().conditions(`${kind} default/both`), kind).toEqual([
      "Accepted=True Accepted",
      "ResolvedRefs=True ResolvedRefs",
    ]);
  }
  expect((await gateway().request("/", { host })).echo.pod).toBe("web");
  expect(await caller(host)("test.Calls/Echo")).toBe("one");
});

test("routes for the same calls both say so, and the older one is served", async () => {
  const host = "overlap.test";
  const rule = (name: string) => `- { matches: [{ method: { service: test.Calls } }], backendRefs: [${to(name)}] }`;
  const at = (route: string, second: number) =>
    route.replace("namespace: default }", `namespace: default, creationTimestamp: "2026-01-01T00:00:0${second}Z" }`);
  await gateway().apply(at(grpcRoute("younger", host, rule("two")), 2), at(grpcRoute("z-older", host, rule("one")), 1));
  expect(await caller(host)("test.Calls/Echo")).toBe("one");
  for (const name of ["younger", "z-older"]) {
    expect(gateway().conditions(`GRPCRoute default/${name}`)).toContain("RouteRulesOverlap=True RouteRulesOverlap");
  }
  await gateway().delete("GRPCRoute default/z-older");
  expect(await caller(host)("test.Calls/Echo")).toBe("two");
  expect(gateway().conditions("GRPCRoute default/younger").join()).not.toContain("Overlap");
});

test.each([
  ["application/grpc-web+proto", 1],
  ["application/grpc-web+proto", 2],
  ["application/grpc-web-text", 1],
] as const)("gRPC-Web as %s over HTTP/%i is answered as gRPC-Web", async (type, version) => {
  const rule = (service: string, backends: string) =>
    `- { matches: [{ method: { service: ${service} } }], backendRefs: [${backends}] }\n`;
  await gateway().apply(
    grpcRoute("web", "web.test", rule("yages.Echo", to("one")) + rule("test.Calls", to("nowhere"))),
  );
  const empty = Buffer.alloc(5);
  const isText = type.endsWith("text");
  const ask = (method: string) =>
    gateway().request(`/${method}`, {
      host: "web.test",
      version,
      method: "POST",
      headers: { "content-type": type, accept: type, "x-grpc-web": "1" },
      body: isText ? empty.toString("base64") : empty.toString("latin1"),
    });
  const answer = await ask("yages.Echo/Ping");
  expect(answer.status).toBe(200);
  expect(answer.headers["content-type"]).toMatch(
    isText ? /^application\/grpc-web-text/ : /^application\/grpc-web\+proto$/,
  );
  const [message = "", ...rest] = isText ? answer.body.split(/(?<==)(?=[^=])/) : [answer.body];
  const text = isText ? [message, ...rest].map((part) => Buffer.from(part, "base64").toString()).join("") : message;
  expect(text).toContain("pong");
  expect(text).toContain("grpc-status:0");
  // Clients make UNAVAILABLE of it: Envoy answers by itself in HTTP's terms.
  expect((await ask("test.Calls/Echo")).status).toBe(503);
});

test("calls are counted by method", async () => {
  await gateway().apply(grpcRoute("counted", "counted.test", `- backendRefs: [${to("three")}]`));
  await caller("counted.test")("yages.Echo/Ping");
  expect(await gateway().admin("/stats?filter=grpc.yages.Echo.Ping.success")).toMatch(/default\/three.*success: [1-9]/);
  expect(Object.keys(definitions)).toContain("yages.Echo");
});
