import { createRegistry } from "@bufbuild/protobuf";
import { ClusterConfigSchema } from "../../gen/envoy/extensions/clusters/aggregate/v3/cluster_pb.js";
import { SinkConfigSchema } from "../../gen/envoy/extensions/stat_sinks/open_telemetry/v3/open_telemetry_pb.js";
import { StaticConfigResourceDetectorConfigSchema } from "../../gen/envoy/extensions/tracers/opentelemetry/resource_detectors/v3/static_config_resource_detector_pb.js";

/** Messages that stand as `google.protobuf.Any` in clusters and sinks of a bootstrap, whose JSON spells them out. */
export const bootstrapTypes = createRegistry(
  ClusterConfigSchema,
  SinkConfigSchema,
  StaticConfigResourceDetectorConfigSchema,
);
