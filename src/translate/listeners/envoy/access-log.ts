import { create, type JsonObject } from "@bufbuild/protobuf";
import {
  type AccessLog,
  AccessLogFilterSchema,
  AccessLogSchema,
  ResponseFlagFilterSchema,
} from "../../../gen/envoy/config/accesslog/v3/accesslog_pb.js";
import { FileAccessLogSchema } from "../../../gen/envoy/extensions/access_loggers/file/v3/file_pb.js";
import { anyOf } from "../../encode.ts";
import type { ProxySettings } from "../../gateways/proxy-settings.ts";

/** Fields of the access log when the user asks for no other; the same as the original's, so that log pipelines go on working. */
const defaultFields: JsonObject = {
  start_time: "%START_TIME%",
  method: "%REQ(:METHOD)%",
  "x-envoy-origin-path": "%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%",
  protocol: "%PROTOCOL%",
  response_code: "%RESPONSE_CODE%",
  response_flags: "%RESPONSE_FLAGS%",
  response_code_details: "%RESPONSE_CODE_DETAILS%",
  connection_termination_details: "%CONNECTION_TERMINATION_DETAILS%",
  upstream_transport_failure_reason: "%UPSTREAM_TRANSPORT_FAILURE_REASON%",
  bytes_received: "%BYTES_RECEIVED%",
  bytes_sent: "%BYTES_SENT%",
  duration: "%DURATION%",
  "x-envoy-upstream-service-time": "%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)%",
  "x-forwarded-for": "%REQ(X-FORWARDED-FOR)%",
  "user-agent": "%REQ(USER-AGENT)%",
  "x-request-id": "%REQ(X-REQUEST-ID)%",
  ":authority": "%REQ(:AUTHORITY)%",
  upstream_host: "%UPSTREAM_HOST%",
  upstream_cluster: "%UPSTREAM_CLUSTER%",
  upstream_local_address: "%UPSTREAM_LOCAL_ADDRESS%",
  downstream_local_address: "%DOWNSTREAM_LOCAL_ADDRESS%",
  downstream_remote_address: "%DOWNSTREAM_REMOTE_ADDRESS%",
  requested_server_name: "%REQUESTED_SERVER_NAME%",
  route_name: "%ROUTE_NAME%",
};

/** Where an access log is attached: to requests, or to a listener's connections that matched no filter chain. */
export type AccessLogPlace = "requests" | "connections";

/** Access logs for one place: those of `telemetry.accessLog` with file sinks, the default when nothing is said, none when disabled. */
export function accessLogs(proxy: ProxySettings, place: AccessLogPlace): AccessLog[] {
  const wanted = proxy.telemetry?.accessLog;
  if (wanted?.disable) return [];
  const settings = wanted?.settings;
  if (!settings?.length) return [withPlace(fileLog("/dev/stdout", { json: defaultFields }), place)];
  const places: Readonly<Record<string, AccessLogPlace | undefined>> = { Listener: "connections", Route: "requests" };
  return settings
    .filter(({ type }) => type === undefined || places[type] === place)
    .flatMap(({ format, sinks, type }) =>
      (sinks ?? []).flatMap((sink) => {
        if (sink.type !== "File" || !sink.file) return [];
        const log = fileLog(sink.file.path ?? "/dev/stdout", { text: format?.text, json: format?.json });
        return [type === undefined ? withPlace(log, place) : log];
      }),
    );
}

/** Without a type a setting logs requests, and of connections only those that no filter chain took. */
function withPlace(log: AccessLog, place: AccessLogPlace): AccessLog {
  if (place === "requests") return log;
  log.filter = create(AccessLogFilterSchema, {
    filterSpecifier: { case: "responseFlagFilter", value: create(ResponseFlagFilterSchema, { flags: ["NR"] }) },
  });
  return log;
}

interface Format {
  readonly text?: string | undefined;
  readonly json?: JsonObject | Readonly<Record<string, string>> | undefined;
}

function fileLog(path: string, { text, json }: Format): AccessLog {
  const format = json
    ? { case: "jsonFormat" as const, value: { ...json } }
    : {
        case: "textFormatSource" as const,
        value: { specifier: { case: "inlineString" as const, value: endWithNewline(text ?? "") } },
      };
  const config = create(FileAccessLogSchema, {
    path,
    ...(json || text ? { accessLogFormat: { case: "logFormat" as const, value: { format } } } : {}),
  });
  return create(AccessLogSchema, {
    name: "envoy.access_loggers.file",
    configType: { case: "typedConfig", value: anyOf(FileAccessLogSchema, config) },
  });
}

function endWithNewline(text: string): string {
  return text.endsWith("\n") ? text : `${text}\n`;
}
