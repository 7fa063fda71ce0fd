import { afterAll, beforeAll, expect, test } from "vitest";
import { attributesOf, type Collector, startCollector } from "./harness/collector.ts";
import { eventually, httpRoute, serviceManifest, useBackend, useGateway } from "./harness/index.ts";

const gateway = useGateway({
  more: () => "infrastructure: { parametersRef: { group: gateway.envoyproxy.io, kind: EnvoyProxy, name: proxy } }",
});
const a = useBackend("a");
let collector: Collector;
beforeAll(async () => {
  collector = await startCollector();
  await gateway().apply(
    a(),
    serviceManifest({ name: "collector", endpoints: [{ port: collector.grpcPort }] }),
    httpRoute("r", "m.test", "- { backendRefs: [{ name: a, port: 80 }] }"),
  );
});
afterAll(() => collector.stop());

const proxy = (metrics: string) => `
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: EnvoyProxy
metadata: { name: proxy, namespace: default }
spec: { concurrency: 1, telemetry: { metrics: { ${metrics} } } }
`;

/** What changes how an Envoy starts leads to another one, which takes over. */
async function restartWith(metrics: string): Promise<void> {
  const before = gateway().envoyPids;
  await gateway().apply(proxy(metrics));
  await eventually(() => expect(gateway().envoyPids).not.toEqual(before), 20_000);
  await gateway().settled();
}

test("metrics are sent to an OpenTelemetry collector, and follow its endpoints without another start", async () => {
  const sink = `{ type: OpenTelemetry, openTelemetry: { backendRefs: [{ name: collector, port: 80 }], headers: [{ name: x-key, value: k }], resourceAttributes: { cluster: c1 }, reportCountersAsDeltas: true } }`;
  await restartWith(`sinks: [${sink}]`);
  await gateway().request("/", { host: "m.test" });
  const names = (from: Collector) =>
    from.metrics
      .flatMap(({ resourceMetrics }) => resourceMetrics)
      .flatMap(({ instrumentationLibraryMetrics }) => instrumentationLibraryMetrics)
      .flatMap(({ metrics }) => metrics.map(({ name }) => name));
  await eventually(() => expect(names(collector)).toContain("server.live"), 20_000);
  const [resource] = collector.metrics.at(-1)?.resourceMetrics ?? [];
  expect(attributesOf(resource?.resource?.attributes)).toMatchObject({ cluster: "c1" });
  expect(collector.metadata.at(-1)?.get("x-key")).toEqual(["k"]);
  const other = await startCollector();
  try {
    const before = gateway().envoyPids;
    await gateway().apply(serviceManifest({ name: "collector", endpoints: [{ port: other.grpcPort }] }));
    await eventually(() => expect(names(other)).toContain("server.live"), 20_000);
    expect(gateway().envoyPids).toEqual(before);
  } finally {
    other.stop();
  }
});

test("requests are counted by virtual host, sizes and endpoints by cluster", async () => {
  await restartWith(
    "enableVirtualHostStats: true, enablePerEndpointStats: true, enableRequestResponseSizesStats: true",
  );
  await gateway().request("/", { host: "m.test" });
  // Histograms are shown after the next flush.
  await eventually(async () => {
    const metrics = await gateway().admin("/stats/prometheus?usedonly");
    expect(metrics).toMatch(/envoy_vhost_vcluster_upstream_rq\{.*m_test.*\} 1/);
    expect(metrics).toContain("envoy_cluster_endpoint_rq_success");
    expect(metrics).toContain("envoy_cluster_upstream_rq_body_size_count");
  }, 15_000);
});

test("statistics that are not asked for are left out, but those that running an Envoy takes", async () => {
  await restartWith("matches: [{ type: Prefix, value: cluster }]");
  await gateway().request("/", { host: "m.test" });
  const names = (await gateway().admin("/stats")).split("\n").map((line) => line.split(":")[0] ?? "");
  expect(names.filter((name) => name.startsWith("cluster."))).not.toEqual([]);
  expect(names.filter((name) => name.startsWith("http.http-"))).not.toContainEqual(expect.stringContaining("rq_2xx"));
  expect(names).toContain("listener_manager.workers_started");
});
