/**
 * Header values as Envoy's format strings.
 *
 * Envoy expands `%…%` operators in the headers it adds, and refuses a route table for a stray `%`. The Gateway API
 * knows plain values only. Values are therefore taken literally, except for well-formed operators, which users of
 * Envoy Gateway rely on (`%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%`).
 */

/** Operators without an argument. */
const PLAIN_OPERATORS = [
  "BYTES_RECEIVED",
  "BYTES_SENT",
  "CONNECTION_ID",
  "DOWNSTREAM_DIRECT_REMOTE_ADDRESS",
  "DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT",
  "DOWNSTREAM_LOCAL_ADDRESS",
  "DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT",
  "DOWNSTREAM_LOCAL_PORT",
  "DOWNSTREAM_LOCAL_SUBJECT",
  "DOWNSTREAM_LOCAL_URI_SAN",
  "DOWNSTREAM_PEER_CERT",
  "DOWNSTREAM_PEER_FINGERPRINT_1",
  "DOWNSTREAM_PEER_FINGERPRINT_256",
  "DOWNSTREAM_PEER_ISSUER",
  "DOWNSTREAM_PEER_SERIAL",
  "DOWNSTREAM_PEER_SUBJECT",
  "DOWNSTREAM_PEER_URI_SAN",
  "DOWNSTREAM_REMOTE_ADDRESS",
  "DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT",
  "DOWNSTREAM_REMOTE_PORT",
  "DOWNSTREAM_TLS_CIPHER",
  "DOWNSTREAM_TLS_SESSION_ID",
  "DOWNSTREAM_TLS_VERSION",
  "DURATION",
  "HOSTNAME",
  "PROTOCOL",
  "REQUESTED_SERVER_NAME",
  "REQUEST_DURATION",
  "RESPONSE_CODE",
  "RESPONSE_CODE_DETAILS",
  "RESPONSE_DURATION",
  "RESPONSE_FLAGS",
  "ROUTE_NAME",
  "START_TIME",
  "STREAM_ID",
  "TRACE_ID",
  "UPSTREAM_CLUSTER",
  "UPSTREAM_HOST",
  "UPSTREAM_LOCAL_ADDRESS",
  "UPSTREAM_REMOTE_ADDRESS",
  "UPSTREAM_REMOTE_ADDRESS_WITHOUT_PORT",
  "VIRTUAL_CLUSTER_NAME",
] as const;

/** Operators with the name of one or two headers (the second stands in for the first), and an optional length. */
const HEADER_OPERATORS = ["REQ", "RESP"] as const;

const OPERATOR = new RegExp(
  `%(?:(?:${PLAIN_OPERATORS.join("|")})|(?:${HEADER_OPERATORS.join("|")})\\(:?[A-Za-z0-9-]+(?:\\?:?[A-Za-z0-9-]+)?\\)(?::[1-9][0-9]{0,4})?)%`,
  "g",
);

/** The value as a format string that Envoy accepts. */
export function formatString(value: string): string {
  if (!value.includes("%")) return value;
  let format = "";
  let end = 0;
  for (const operator of value.matchAll(OPERATOR)) {
    format += literal(value.slice(end, operator.index)) + operator[0];
    end = operator.index + operator[0].length;
  }
  return format + literal(value.slice(end));
}

/** All operators that are expanded, one of each; for the test that Envoy knows them. */
export const operatorExamples: readonly string[] = [
  ...PLAIN_OPERATORS.map((name) => `%${name}%`),
  ...HEADER_OPERATORS.map((name) => `%${name}(X-One?:AUTHORITY):20%`),
];

function literal(text: string): string {
  return text.replaceAll("%", "%%");
}
