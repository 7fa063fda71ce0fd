import { durationMs } from "../../api/duration.ts";
import { quantityBytes } from "../../api/quantity.ts";
import type { EnvoyGateway } from "../../api/v1alpha1/envoygateway.ts";

/** A rule that the schema does not have; what it returns is a sentence about the field, or nothing. */
interface Check {
  readonly path: readonly string[];
  readonly severity: "error" | "warning";
  readonly test: (config: EnvoyGateway) => string | undefined;
}

const checks: readonly Check[] = [
  {
    path: ["gateway", "controllerName"],
    severity: "error",
    test: ({ gateway }) => (gateway.controllerName === "" ? "must not be empty" : undefined),
  },
  {
    path: ["xdsServer", "maxConnectionAge"],
    severity: "error",
    test: ({ xdsServer }) => (durationMs(xdsServer.maxConnectionAge) === 0 ? "must be longer than 0s" : undefined),
  },
  {
    path: ["xdsServer", "maxReceiveMessageSize"],
    severity: "error",
    test: ({ xdsServer: { maxReceiveMessageSize: size } }) =>
      size !== undefined && !((quantityBytes(size) ?? 0) > 0)
        ? "must be a number of bytes above 0, e.g. 32Mi"
        : undefined,
  },
  { path: ["rateLimit", "backend", "redis", "url"], severity: "error", test: redisUrlProblem },
  {
    path: ["extensionApis", "disableLua"],
    severity: "warning",
    test: ({ extensionApis }) =>
      extensionApis.disableLua === undefined
        ? undefined
        : "is deprecated; use enableLua, which is off unless it is set",
  },
  {
    path: ["telemetry", "metrics", "sinks"],
    severity: "error",
    test: ({ telemetry }) => first((telemetry.metrics.sinks ?? []).map(sinkProblem)),
  },
  {
    path: ["telemetry", "traces", "sink"],
    severity: "error",
    test: ({ telemetry: { traces } }) => (traces?.sink ? sinkProblem(traces.sink) : undefined),
  },
];

type Sink = NonNullable<EnvoyGateway["telemetry"]["metrics"]["sinks"]>[number];

function sinkProblem({ openTelemetry }: Sink): string | undefined {
  if (!openTelemetry) return "a sink of type OpenTelemetry needs openTelemetry, with host and protocol";
  if (openTelemetry.host === "") return "openTelemetry.host must not be empty";
  const zero = (["exportInterval", "exportTimeout"] as const).find((name) => durationMs(openTelemetry[name]) === 0);
  return zero && `openTelemetry.${zero} must be longer than 0s`;
}

function first(messages: readonly (string | undefined)[]): string | undefined {
  return messages.find((message) => message !== undefined);
}

/** A finding of {@link checkConfig}. */
export interface Finding {
  readonly path: readonly string[];
  readonly severity: "error" | "warning";
  readonly message: string;
}

/** Rules about values that passed the schema. */
export function checkConfig(config: EnvoyGateway): readonly Finding[] {
  return checks.flatMap(({ path, severity, test }) => {
    const message = test(config);
    return message === undefined ? [] : [{ path, severity, message }];
  });
}

/** Several addresses, as for sentinels and clusters, stand behind each other with commas; each is a host and a port, or a URL. */
function redisUrlProblem({ rateLimit }: EnvoyGateway): string | undefined {
  const url = rateLimit?.backend.redis?.url;
  if (url === undefined) return undefined;
  const bad = url.split(",").find((part) => !isRedisAddress(part.trim()));
  return bad === undefined
    ? undefined
    : `${JSON.stringify(bad)} is no address of a Redis server, such as redis.example:6379`;
}

function isRedisAddress(text: string): boolean {
  const address = text.includes("://") ? text : `redis://${text}`;
  return URL.canParse(address) && new URL(address).hostname !== "";
}
