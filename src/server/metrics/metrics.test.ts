import { expect, test } from "vitest";
import { MetricStore } from "./metric-store.ts";
import { prometheusText } from "./prometheus.ts";

test("metrics are shown with their names as they are, sums and buckets included", async () => {
  const store = new MetricStore();
  store.count("xds_nack_total", { nodeID: "a", typeURL: "t" });
  store.count("xds_nack_total", { nodeID: "a", typeURL: "t" }, 2);
  store.count("xds_nack_total", { nodeID: 'b"\n', typeURL: "t" });
  for (const value of [0.05, 0.1, 20]) store.observe("xds_stream_duration_seconds", { nodeID: "a" }, value);
  store.onRead(() => store.set("envoy_replicas", { fleet: "f", state: "desired" }, 1));
  const lines = (await prometheusText(store)).split("\n");
  expect(lines).toContain("# TYPE xds_nack_total counter");
  expect(lines).toContain('xds_nack_total{nodeID="a",typeURL="t"} 3');
  expect(lines).toContain('xds_nack_total{nodeID="b\\"\\n",typeURL="t"} 1');
  expect(lines).toContain('xds_stream_duration_seconds_bucket{nodeID="a",le="0.1"} 2');
  expect(lines).toContain('xds_stream_duration_seconds_bucket{nodeID="a",le="10"} 2');
  expect(lines).toContain('xds_stream_duration_seconds_bucket{nodeID="a",le="+Inf"} 3');
  expect(lines).toContain('xds_stream_duration_seconds_count{nodeID="a"} 3');
  expect(lines).toContain('envoy_replicas{fleet="f",state="desired"} 1');
});

test("a series that was cleared is gone", () => {
  const store = new MetricStore();
  store.set("objects", { kind: "Gateway" }, 2);
  store.clear("objects");
  store.set("objects", { kind: "HTTPRoute" }, 1);
  expect(store.read().get("objects")).toEqual([{ labels: { kind: "HTTPRoute" }, value: 1 }]);
});
