import { createRegistry } from "@bufbuild/protobuf";
import { DnsClusterSchema } from "../../gen/envoy/extensions/clusters/dns/v3/dns_cluster_pb.js";
import { LeastRequestSchema } from "../../gen/envoy/extensions/load_balancing_policies/least_request/v3/least_request_pb.js";
import { SinkConfigSchema } from "../../gen/envoy/extensions/stat_sinks/open_telemetry/v3/open_telemetry_pb.js";
import { StaticConfigResourceDetectorConfigSchema } from "../../gen/envoy/extensions/tracers/opentelemetry/resource_detectors/v3/static_config_resource_detector_pb.js";
import { UpstreamTlsContextSchema } from "../../gen/envoy/extensions/transport_sockets/tls/v3/tls_pb.js";
import { HttpProtocolOptionsSchema } from "../../gen/envoy/extensions/upstreams/http/v3/http_protocol_options_pb.js";

/** Messages that stand as `google.protobuf.Any` in clusters and sinks of a bootstrap, whose JSON spells them out. */
export const bootstrapTypes = createRegistry(
  DnsClusterSchema,
  HttpProtocolOptionsSchema,
  LeastRequestSchema,
  SinkConfigSchema,
  StaticConfigResourceDetectorConfigSchema,
  UpstreamTlsContextSchema,
);
