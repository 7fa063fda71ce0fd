/** Health of endpoints: checks by requests of Envoy's own (active), and by how real requests fare (passive). */
import {
  boolean,
  defaulted,
  type Infer,
  integer,
  listOf,
  named,
  object,
  oneOf,
  optional,
  required,
  string,
} from "../../../schema/builder.ts";
import { rule } from "../../../schema/rules.ts";
import { Duration, PreciseHostname } from "../../gateway-api/names.ts";
import { ProxyHealthCheckLog } from "./health-check-log.ts";
import { HTTPStatus } from "./http-status.ts";
import { fieldOfType, fieldOnlyForType } from "./union.ts";

const Percent = integer({ format: "int32", minimum: 0, maximum: 100 });

/** Bytes that are sent to, or expected from, an endpoint. */
export const ActiveHealthCheckPayload = named(
  "ActiveHealthCheckPayload",
  object(
    {
      type: required(oneOf("Text", "Binary"), "Which of the two fields has the bytes."),
      text: optional(string(), "The bytes as text."),
      binary: optional(string({ format: "byte" }), "The bytes in base64."),
    },
    fieldOfType("Text", "text"),
    fieldOfType("Binary", "binary"),
  ),
  "Bytes that are sent to, or expected from, an endpoint.",
);
export type ActiveHealthCheckPayload = Infer<typeof ActiveHealthCheckPayload>;

/** A check by HTTP requests. */
export const HTTPActiveHealthChecker = named(
  "HTTPActiveHealthChecker",
  object(
    {
      path: required(string({ minLength: 1, maxLength: 1024 }), "Path that is asked for."),
      hostname: optional(
        PreciseHostname,
        "Host header of the check. Default: the endpoint's hostname, the route's hostname, or the cluster's name.",
      ),
      method: optional(string({ maxLength: 16 }), "Method of the check. Default: GET."),
      requestBody: optional(ActiveHealthCheckPayload, "Body of the check, for methods POST and PUT."),
      expectedStatuses: optional(listOf(HTTPStatus), "Status codes of a healthy endpoint. Default: 200."),
      retriableStatuses: optional(
        listOf(HTTPStatus),
        "Status codes that count as one failure towards `unhealthyThreshold`; other unexpected ones make an endpoint unhealthy at once.",
      ),
      expectedResponse: optional(ActiveHealthCheckPayload, "Bytes that the body must contain."),
    },
    rule(
      "!has(self.requestBody) || (has(self.method) && self.method.upperAscii() in ['POST','PUT'])",
      "requestBody can be sent with method POST or PUT only",
    ),
  ),
  "A check by HTTP requests.",
);
export type HTTPActiveHealthChecker = Infer<typeof HTTPActiveHealthChecker>;

/** Checks endpoints by requests of Envoy's own. */
export const ActiveHealthCheck = named(
  "ActiveHealthCheck",
  object(
    {
      type: required(oneOf("HTTP", "TCP", "GRPC"), "How endpoints are checked."),
      timeout: defaulted(Duration, "1s", "Time in which an endpoint must answer."),
      interval: defaulted(Duration, "3s", "Time between two checks."),
      initialJitter: optional(Duration, "Random wait before the first check, at most. Default: none."),
      unhealthyThreshold: defaulted(
        integer({ format: "int32", minimum: 1 }),
        3,
        "Failed checks in a row that make an endpoint unhealthy.",
      ),
      healthyThreshold: defaulted(
        integer({ format: "int32", minimum: 1 }),
        1,
        "Passed checks in a row that make an endpoint healthy.",
      ),
      http: optional(HTTPActiveHealthChecker, "The check, for type `HTTP`."),
      tcp: optional(
        object({
          send: optional(ActiveHealthCheckPayload, "What is sent. Absent means that opening a connection is enough."),
          receive: optional(ActiveHealthCheckPayload, "What the answer must contain."),
        }),
        "The check, for type `TCP`.",
      ),
      grpc: optional(
        object({
          service: optional(
            string(),
            "Name of the service whose health is asked for. Absent means that of the server.",
          ),
        }),
        "The check, for type `GRPC` (gRPC health checking protocol).",
      ),
      overrides: optional(
        object({
          port: optional(
            integer({ format: "int32", minimum: 1, maximum: 65535 }),
            "Port that is checked in place of the endpoint's.",
          ),
        }),
        "Where checks differ from requests.",
      ),
      healthCheckLog: optional(ProxyHealthCheckLog, "Log of the results, in place of the EnvoyProxy's."),
    },
    fieldOfType("HTTP", "http"),
    fieldOfType("TCP", "tcp"),
    fieldOnlyForType("GRPC", "grpc"),
  ),
  "Checks endpoints by requests of Envoy's own.",
);
export type ActiveHealthCheck = Infer<typeof ActiveHealthCheck>;

/** Takes endpoints out for a while at which real requests fail (Envoy's outlier detection). */
export const PassiveHealthCheck = named(
  "PassiveHealthCheck",
  object({
    interval: defaulted(Duration, "3s", "How often endpoints are judged."),
    consecutive5XxErrors: defaulted(integer({ format: "int32" }), 5, "Answers 5xx in a row that take an endpoint out."),
    consecutiveGatewayErrors: optional(
      integer({ format: "int32" }),
      "Answers 502, 503 or 504 in a row that take an endpoint out. Default: they count as 5xx only.",
    ),
    consecutiveLocalOriginFailures: defaulted(
      integer({ format: "int32" }),
      5,
      "Failures on the gateway's side (no connection, time-out) in a row that take an endpoint out, if `splitExternalLocalOriginErrors` is true.",
    ),
    splitExternalLocalOriginErrors: defaulted(
      boolean(),
      false,
      "Whether failures on the gateway's side are counted apart from errors of the backend.",
    ),
    baseEjectionTime: defaulted(Duration, "30s", "How long an endpoint is out; multiplied by how often it has been."),
    maxEjectionPercent: defaulted(Percent, 10, "Share of the endpoints that may be out at once, in percent."),
    alwaysEjectOneEndpoint: defaulted(
      boolean(),
      false,
      "Whether one endpoint may be out even where that exceeds `maxEjectionPercent`.",
    ),
    failurePercentageThreshold: optional(
      Percent,
      "Share of failed requests, in percent, that takes an endpoint out. Default: not looked at.",
    ),
  }),
  "Takes endpoints out for a while at which real requests fail (Envoy's outlier detection).",
);
export type PassiveHealthCheck = Infer<typeof PassiveHealthCheck>;

/** How the health of endpoints is found out. */
export const HealthCheck = named(
  "HealthCheck",
  object({
    active: optional(ActiveHealthCheck, "By requests of Envoy's own."),
    passive: optional(PassiveHealthCheck, "By how real requests fare."),
    panicThreshold: optional(
      Percent,
      "Share of healthy endpoints, in percent, below which health is not looked at any more. Default: 50.",
    ),
  }),
  "How the health of endpoints is found out.",
);
export type HealthCheck = Infer<typeof HealthCheck>;
