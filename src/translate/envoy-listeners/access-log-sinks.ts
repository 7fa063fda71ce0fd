/** Access logs by the kind of place they go to. */
import { create, type DescMessage, type MessageInitShape, type MessageShape } from "@bufbuild/protobuf";
import { compareText } from "../../api/object.ts";
import type {
  ALSEnvoyProxyAccessLog,
  OpenTelemetryEnvoyProxyAccessLog,
} from "../../api/v1alpha1/envoyproxy/access-log.ts";
import { type AccessLog, AccessLogSchema } from "../../gen/envoy/config/accesslog/v3/accesslog_pb.js";
import { ApiVersion } from "../../gen/envoy/config/core/v3/config_source_pb.js";
import { FileAccessLogSchema } from "../../gen/envoy/extensions/access_loggers/file/v3/file_pb.js";
import {
  HttpGrpcAccessLogConfigSchema,
  TcpGrpcAccessLogConfigSchema,
} from "../../gen/envoy/extensions/access_loggers/grpc/v3/als_pb.js";
import { OpenTelemetryAccessLogConfigSchema } from "../../gen/envoy/extensions/access_loggers/open_telemetry/v3/logs_service_pb.js";
import type { KeyValueSchema } from "../../gen/opentelemetry/proto/common/v1/common_pb.js";
import { anyOf } from "../encode.ts";
import type { TelemetryTarget } from "../gateways/proxy-settings.ts";
import { grpcService } from "../telemetry/telemetry-service.ts";
import type { LogFilter } from "./access-log-filter.ts";
import { type LogFormat, lineFormat } from "./access-log-format.ts";

/** Lines appended to a file. */
export function fileLog(path: string, format: LogFormat, filter: LogFilter | undefined): AccessLog {
  const config = create(FileAccessLogSchema, {
    path,
    accessLogFormat: { case: "logFormat", value: lineFormat(format) },
  });
  return accessLog("envoy.access_loggers.file", FileAccessLogSchema, config, filter);
}

/**
 * Entries streamed to a service of Envoy's access log protocol. They have a shape of their own; fields of the format come with them as
 * tags, and a text has no place.
 */
export function alsLog(
  sink: ALSEnvoyProxyAccessLog & { readonly logName: string },
  target: TelemetryTarget,
  { fields = {} }: LogFormat,
  filter: LogFilter | undefined,
): AccessLog {
  const customTags = Object.entries(fields)
    .sort(([a], [b]) => compareText(a, b))
    .map(([tag, value]) => ({ tag, type: { case: "value" as const, value } }));
  const commonConfig = {
    logName: sink.logName,
    grpcService: grpcService(target),
    transportApiVersion: ApiVersion.V3,
    customTags,
  };
  if (sink.type === "TCP") {
    const config = create(TcpGrpcAccessLogConfigSchema, { commonConfig });
    return accessLog("envoy.access_loggers.tcp_grpc", TcpGrpcAccessLogConfigSchema, config, filter);
  }
  const { requestHeaders = [], responseHeaders = [], responseTrailers = [] } = sink.http ?? {};
  const config = create(HttpGrpcAccessLogConfigSchema, {
    commonConfig,
    additionalRequestHeadersToLog: [...requestHeaders],
    additionalResponseHeadersToLog: [...responseHeaders],
    additionalResponseTrailersToLog: [...responseTrailers],
  });
  return accessLog("envoy.access_loggers.http_grpc", HttpGrpcAccessLogConfigSchema, config, filter);
}

/** Log records for an OpenTelemetry collector: a text is their body, fields are attributes. */
export function openTelemetryLog(
  sink: OpenTelemetryEnvoyProxyAccessLog,
  target: TelemetryTarget,
  { text, fields = {} }: LogFormat,
  filter: LogFilter | undefined,
): AccessLog {
  const resource = sink.resourceAttributes ?? sink.resources ?? {};
  const config = create(OpenTelemetryAccessLogConfigSchema, {
    logName: "otel_envoy_accesslog",
    grpcService: grpcService(target, sink.headers),
    ...(text === undefined ? {} : { body: { value: { case: "stringValue", value: text } } }),
    attributes: { values: keyValues({ ...podAttributes, ...fields }) },
    ...(Object.keys(resource).length > 0 ? { resourceAttributes: { values: keyValues(resource) } } : {}),
  });
  return accessLog("envoy.access_loggers.open_telemetry", OpenTelemetryAccessLogConfigSchema, config, filter);
}

/** Where the proxy runs, as dashboards for the original expect it; `-` where that is no pod. */
const podAttributes = {
  "k8s.namespace.name": "%ENVIRONMENT(ENVOY_POD_NAMESPACE)%",
  "k8s.pod.name": "%ENVIRONMENT(ENVOY_POD_NAME)%",
};

function keyValues(values: Readonly<Record<string, string>>): MessageInitShape<typeof KeyValueSchema>[] {
  return Object.entries(values)
    .sort(([a], [b]) => compareText(a, b))
    .map(([key, value]) => ({ key, value: { value: { case: "stringValue", value } } }));
}

function accessLog<T extends DescMessage>(
  name: string,
  schema: T,
  config: MessageShape<T>,
  filter: LogFilter | undefined,
): AccessLog {
  return create(AccessLogSchema, {
    name,
    configType: { case: "typedConfig", value: anyOf(schema, config) },
    ...(filter ? { filter } : {}),
  });
}
