import type { JsonObject, MessageInitShape } from "@bufbuild/protobuf";
import type { ProxyAccessLogFormat } from "../../api/v1alpha1/envoyproxy/access-log.ts";
import type { SubstitutionFormatStringSchema } from "../../gen/envoy/config/core/v3/substitution_format_string_pb.js";

/** Fields of the access log when the user asks for no other; the same as the original's, so that log pipelines go on working. */
const defaultFields: Readonly<Record<string, string>> = {
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

/** What is written about a request or connection: a text, fields, or both where a sink has room for both. */
export interface LogFormat {
  readonly text?: string;
  readonly fields?: Readonly<Record<string, string>>;
}

/** The format of a setting; the default fields where it names none. */
export function logFormat(format: ProxyAccessLogFormat | undefined): LogFormat {
  if (!format) return { fields: defaultFields };
  const { text, json } = format;
  return { ...(text === undefined ? {} : { text }), ...(json === undefined ? {} : { fields: json }) };
}

/** The format as lines of a file: text where both are given. */
export function lineFormat({ text, fields }: LogFormat): MessageInitShape<typeof SubstitutionFormatStringSchema> {
  if (text === undefined) {
    const value: JsonObject = { ...(fields ?? defaultFields) };
    return { format: { case: "jsonFormat", value } };
  }
  const inlineString = text.endsWith("\n") ? text : `${text}\n`;
  return { format: { case: "textFormatSource", value: { specifier: { case: "inlineString", value: inlineString } } } };
}
