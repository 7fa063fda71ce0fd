import type { XdsMetrics } from "../../xds/options.ts";
import type { MetricStore } from "./metric-store.ts";

/** Counts what an xDS server does. */
export function xdsMetrics(store: MetricStore): XdsMetrics {
  const known = new Set<string>();
  return {
    snapshotUpdated(fleet) {
      if (!known.has(fleet)) {
        known.add(fleet);
        store.count("xds_snapshot_create_total", { nodeID: fleet, status: "success" });
      }
      store.count("xds_snapshot_update_total", { nodeID: fleet, status: "success" });
    },
    nack: (nodeID, typeURL) => store.count("xds_nack_total", { nodeID, typeURL }),
    streamClosed: ({ nodeId, isDelta }, seconds) =>
      store.observe("xds_stream_duration_seconds", { nodeID: nodeId, isDeltaStream: String(isDelta) }, seconds),
    pushed(type, bytes) {
      store.count("xds_push_total", { type });
      store.count("xds_push_bytes_total", { type }, bytes);
    },
  };
}
