/** A metric: its type and what it tells; for a histogram the upper bounds of its buckets. */
export type MetricDefinition =
  | { readonly type: "counter" | "gauge"; readonly help: string }
  | { readonly type: "histogram"; readonly help: string; readonly bounds: readonly number[] };

/** All metrics, under the names that dashboards of the original know, and some of our own. */
export const metricDefinitions = {
  watchable_publish_total: { type: "counter", help: "Values handed from one part of the control plane to the next." },
  watchable_panics_recovered_total: { type: "counter", help: "Failures of our own that stopped one object only." },
  status_update_total: { type: "counter", help: "Statuses that changed." },
  leader_election_master_status: { type: "gauge", help: "1 while this control plane writes statuses and runs Envoys." },
  resource_apply_total: { type: "counter", help: "Fleets that were started or changed." },
  resource_delete_total: { type: "counter", help: "Fleets that were stopped." },
  xds_snapshot_create_total: { type: "counter", help: "Fleets that got their first resources." },
  xds_snapshot_update_total: { type: "counter", help: "Changes of a fleet's resources." },
  xds_stream_duration_seconds: {
    type: "histogram",
    help: "How long streams of Envoys lasted.",
    bounds: [0.1, 10, 50, 100, 1_000, 10_000],
  },
  xds_nack_total: { type: "counter", help: "Responses an Envoy refused." },
  xds_push_total: { type: "counter", help: "Responses sent to Envoys." },
  xds_push_bytes_total: { type: "counter", help: "Bytes of responses sent to Envoys." },
  xds_connected_streams: { type: "gauge", help: "Streams of Envoys that are open." },
  xds_quarantined_resources: { type: "gauge", help: "Resources that an Envoy refuses as they are now." },
  engine_commit_duration_seconds: {
    type: "histogram",
    help: "Time from objects to resources, for one change.",
    bounds: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
  },
  engine_computed_total: { type: "counter", help: "Entries that were computed, by collection." },
  engine_failures: { type: "gauge", help: "Entries that could not be computed, because of a mistake of this program." },
  objects: { type: "gauge", help: "Objects, by kind." },
  source_problems: { type: "gauge", help: "Problems in the manifests, by severity." },
  envoy_replicas: { type: "gauge", help: "Envoys of a fleet: desired, available." },
  envoy_restarts_total: { type: "counter", help: "Envoys that were started again after they had died." },
  telemetry_export_total: { type: "counter", help: "Exports to OpenTelemetry collectors, by signal and outcome." },
  config_reload_total: { type: "counter", help: "Readings of a changed configuration file, by outcome." },
  certificate_expiry_seconds: {
    type: "gauge",
    help: "Time, since 1970, at which the control plane's certificates run out.",
  },
  process_cpu_seconds_total: { type: "counter", help: "Processor time of the control plane." },
  process_resident_memory_bytes: { type: "gauge", help: "Memory of the control plane." },
  process_start_time_seconds: { type: "gauge", help: "Time, since 1970, at which the control plane was started." },
  process_heap_bytes: { type: "gauge", help: "JavaScript heap in use." },
} as const satisfies Readonly<Record<string, MetricDefinition>>;

export type MetricName = keyof typeof metricDefinitions;

type NamesOf<T extends MetricDefinition["type"]> = {
  [N in MetricName]: (typeof metricDefinitions)[N]["type"] extends T ? N : never;
}[MetricName];

export type CounterName = NamesOf<"counter">;
export type GaugeName = NamesOf<"gauge">;
export type HistogramName = NamesOf<"histogram">;
