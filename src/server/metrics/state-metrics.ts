import { registry } from "../../features/kinds.ts";
import type { ControlPlane } from "../control-plane.ts";
import type { MetricStore } from "./metric-store.ts";

/** Metrics that are looked up when somebody reads them: the process, objects, Envoys, streams. */
export function observeState(store: MetricStore, plane: () => ControlPlane | undefined): void {
  store.onRead(() => {
    const { user, system } = process.cpuUsage();
    const { rss, heapUsed } = process.memoryUsage();
    store.set("process_cpu_seconds_total", {}, (user + system) / 1e6);
    store.set("process_resident_memory_bytes", {}, rss);
    store.set("process_heap_bytes", {}, heapUsed);
    store.set("process_start_time_seconds", {}, Math.round(performance.timeOrigin / 1_000));
    const current = plane();
    if (current) observePlane(store, current);
  });
}

function observePlane(store: MetricStore, plane: ControlPlane): void {
  const { objects, graph } = plane.controller.translation;
  store.clear("objects");
  for (const { kind } of registry.kinds) {
    const { size } = objects.ofKind(kind);
    if (size > 0) store.set("objects", { kind }, size);
  }
  store.set("engine_failures", {}, graph.failures().length);
  const streams = plane.xds.streams();
  store.set("xds_connected_streams", {}, streams.length);
  const quarantined = streams.flatMap(({ types }) => types.flatMap((type) => type.quarantined));
  store.set("xds_quarantined_resources", {}, quarantined.length);
  store.clear("envoy_replicas");
  for (const { key, replicas, restarts } of plane.infrastructure?.statuses() ?? []) {
    store.set("envoy_replicas", { fleet: key, state: "desired" }, replicas.desired);
    store.set("envoy_replicas", { fleet: key, state: "available" }, replicas.available);
    store.set("envoy_restarts_total", { fleet: key }, restarts);
  }
}
