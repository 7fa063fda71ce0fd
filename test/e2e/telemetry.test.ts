import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { attributesOf, type Collector, startCollector } from "./harness/collector.ts";
import { eventually, httpRoute, serviceManifest, useBackend, useGateway } from "./harness/index.ts";

const gateway = useGateway({
  more: () => "infrastructure: { parametersRef: { group: gateway.envoyproxy.io, kind: EnvoyProxy, name: proxy } }",
});
const a = useBackend("a");
let collector: Collector;
let directory: string;
beforeAll(async () => {
  collector = await startCollector();
  directory = await mkdtemp(join(tmpdir(), "eg-telemetry-"));
  await gateway().apply(
    a(),
    serviceManifest({ name: "collector", endpoints: [{ port: collector.grpcPort }] }),
    serviceManifest({ name: "http-collector", endpoints: [{ port: collector.httpPort }] }),
    httpRoute("r", "t.test", "- { backendRefs: [{ name: a, port: 80 }] }"),
  );
});
afterAll(async () => {
  collector.stop();
  await rm(directory, { recursive: true });
});
beforeEach(() => {
  for (const list of [collector.logs, collector.traces, collector.accessLogs, collector.metadata, collector.requests]) {
    list.length = 0;
  }
});

const proxy = (telemetry: string) => `
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: EnvoyProxy
metadata: { name: proxy, namespace: default }
spec: { concurrency: 1, telemetry: { ${telemetry} } }
`;
const refs = (name: string) => `backendRefs: [{ name: ${name}, port: 80 }]`;
const request = (path: string, headers: Record<string, string> = {}) =>
  gateway().request(path, { host: "t.test", headers });

test("requests are logged to an OpenTelemetry collector, text as body and fields as attributes", async () => {
  const sink = `{ type: OpenTelemetry, openTelemetry: { ${refs("collector")}, headers: [{ name: x-key, value: k }], resourceAttributes: { cluster: c1 } } }`;
  await gateway().apply(
    proxy(
      `accessLog: { settings: [{ format: { text: "%REQ(:PATH)%", json: { method: "%REQ(:METHOD)%" } }, sinks: [${sink}] }] }`,
    ),
  );
  await request("/logged");
  const record = await eventually(() => {
    const [resource] = collector.logs.at(-1)?.resourceLogs ?? [];
    const found = resource?.instrumentationLibraryLogs[0]?.logs[0];
    if (!resource || !found) throw new Error("nothing yet");
    return {
      resource: attributesOf(resource.resource?.attributes),
      body: found.body?.value.value,
      own: attributesOf(found.attributes),
    };
  });
  expect(record.body).toBe("/logged");
  expect(record.own).toMatchObject({ method: "GET" });
  expect(record.resource).toMatchObject({ cluster: "c1", log_name: "otel_envoy_accesslog" });
  expect(collector.metadata.at(-1)?.get("x-key")).toEqual(["k"]);
});

test("requests and connections are streamed to an access log service", async () => {
  const sink = (type: string, more = "") => `{ type: ALS, als: { ${refs("collector")}, type: ${type}${more} } }`;
  await gateway().apply(
    proxy(
      `accessLog: { settings: [{ type: Route, format: { type: JSON, json: { tag: "%REQ(:METHOD)%" } }, sinks: [${sink("HTTP", ", logName: http, http: { requestHeaders: [x-me] }")}] }, { type: Listener, sinks: [${sink("TCP")}] }] }`,
    ),
  );
  await request("/streamed", { "x-me": "jo" });
  const entry = await eventually(() => {
    const found = collector.accessLogs.flatMap(({ logEntries }) =>
      logEntries.case === "httpLogs" ? logEntries.value.logEntry : [],
    );
    if (!found[0]) throw new Error("nothing yet");
    return found[0];
  });
  expect(entry.request?.path).toBe("/streamed");
  expect(entry.request?.requestHeaders).toEqual({ "x-me": "jo" });
  expect(entry.commonProperties?.customTags).toEqual({ tag: "GET" });
  expect(collector.accessLogs.map(({ identifier }) => identifier?.logName)).toContain("http");
});

test("files are written by type and by CEL expression", async () => {
  const file = (name: string) => join(directory, name);
  const setting = (name: string, more: string) =>
    `{ ${more}, format: { type: Text, text: "%REQ(:PATH)% %RESPONSE_CODE%" }, sinks: [{ type: File, file: { path: ${file(name)} } }] }`;
  await gateway().apply(
    proxy(
      `accessLog: { settings: [${[
        setting("route", "type: Route"),
        setting("upstream", "type: Upstream"),
        setting("cel", `type: Route, matches: ["request.path == '/yes'", "response.code == 404"]`),
      ].join(", ")}] }`,
    ),
  );
  await request("/yes");
  await request("/no");
  await gateway().request("/none", { host: "nobody.test" });
  const lines = (name: string) => readFileSync(file(name), "utf8").trim().split("\n");
  await eventually(() => expect(lines("route")).toEqual(["/yes 200", "/no 200", "/none 404"]));
  await eventually(() => expect(lines("cel")).toEqual(["/yes 200", "/none 404"]));
  // An attempt is logged when it begins, without a status, and when it ends.
  await eventually(() => expect(lines("upstream")).toEqual(["/yes 0", "/yes 200", "/no 0", "/no 200"]));
});

test("spans go to an OpenTelemetry collector, with names, tags and resource", async () => {
  const tags = `customTags: { fixed: { type: Literal, literal: { value: v } }, agent: { type: RequestHeader, requestHeader: { name: x-agent, defaultValue: none } } }, tags: { path: "%REQ(:PATH)%" }`;
  await gateway().apply(
    proxy(
      `tracing: { ${tags}, spanName: { server: "in %REQ(:METHOD)%", client: "out" }, provider: { type: OpenTelemetry, serviceName: svc, ${refs("collector")}, openTelemetry: { resourceAttributes: { cluster: c1 } } } }`,
    ),
  );
  await request("/traced", { "x-agent": "me" });
  const spans = await eventually(() => {
    const found = collector.traces.flatMap(({ resourceSpans }) => resourceSpans);
    if (
      found.flatMap(({ instrumentationLibrarySpans }) => instrumentationLibrarySpans.flatMap(({ spans }) => spans))
        .length < 2
    )
      throw new Error("not yet");
    return found;
  });
  expect(attributesOf(spans[0]?.resource?.attributes)).toMatchObject({ "service.name": "svc", cluster: "c1" });
  const all = spans.flatMap(({ instrumentationLibrarySpans }) =>
    instrumentationLibrarySpans.flatMap(({ spans }) => spans),
  );
  expect(all.map(({ name }) => name).sort()).toEqual(["in GET", "out"]);
  const server = all.find(({ name }) => name === "in GET");
  expect(attributesOf(server?.attributes)).toMatchObject({ fixed: "v", agent: "me", path: "/traced" });
});

test("a sampler that keeps nothing and a sampling rate of none send no span", async () => {
  const to = `provider: { type: OpenTelemetry, ${refs("collector")}, openTelemetry: { sampler: { type: AlwaysOff } } }`;
  for (const tracing of [to, `samplingRate: 0, provider: { type: OpenTelemetry, ${refs("collector")} }`]) {
    await gateway().apply(proxy(`tracing: { ${tracing} }`));
    // So many spans would be sent at once.
    for (let i = 0; i < 10; i++) await request("/untraced");
  }
  // Zipkin's spans come last, so that those of the others would be there before.
  await gateway().apply(
    proxy(`tracing: { provider: { type: Zipkin, ${refs("http-collector")}, zipkin: { enable128BitTraceId: true } } }`),
  );
  // Envoy sends spans in batches, and drops those that it cannot send at once.
  const sent = await eventually(async () => {
    await request("/zipkin");
    await sleep(500);
    const found = collector.requests.find(({ path }) => path === "/api/v2/spans");
    if (!found) throw new Error("nothing yet");
    return JSON.parse(found.body.toString()) as { traceId: string; tags: Record<string, string> }[];
  }, 20_000);
  expect(sent.some(({ tags }) => tags["http.url"]?.endsWith("/zipkin"))).toBe(true);
  expect(sent[0]?.traceId).toHaveLength(32);
  expect(collector.traces).toEqual([]);
});

test("spans go to a Datadog agent", async () => {
  await gateway().apply(proxy(`tracing: { provider: { type: Datadog, ${refs("http-collector")} } }`));
  await request("/datadog");
  await eventually(() => expect(collector.requests.map(({ path }) => path)).toContain("/v0.4/traces"), 15_000);
});

test("a backend that does not exist is told by the Gateway, which goes on serving", async () => {
  await gateway().apply(proxy(`tracing: { provider: { type: OpenTelemetry, ${refs("nowhere")} } }`));
  expect(gateway().conditions("Gateway default/eg")).toContain("Accepted=False InvalidParameters");
  expect((await request("/served")).status).toBe(200);
  await gateway().apply(proxy(""));
  expect(gateway().conditions("Gateway default/eg")).toContain("Accepted=True Accepted");
});
