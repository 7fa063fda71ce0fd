import type { MessageInitShape } from "@bufbuild/protobuf";
import { durationMs, protoDuration } from "../../../api/duration.ts";
import type { ClusterSettings } from "../../../api/v1alpha1/shared/cluster-settings.ts";
import type { Retry } from "../../../api/v1alpha1/shared/retry.ts";
import type { RetryPolicySchema } from "../../../gen/envoy/config/core/v3/base_pb.js";
import type { FeatureContext } from "../../feature.ts";
import type { RemoteJWKS } from "./jwt.schema.ts";
import type { KeySource } from "./key-source.ts";

/** How long one fetch may take. */
const defaultTimeoutMs = 10_000;
/** Failures after which the server cannot have answered, or says that it could not. */
const defaultTriggers = ["cancelled", "connect-failure", "refused-stream", "unavailable"];
/** Wait before the first retry, and how many times longer the longest may be: Envoy's own defaults. */
const defaultBaseIntervalMs = 25;
const maxIntervalFactor = 10;

/**
 * Keys that Envoy fetches: at once, so that the first token need not wait for them, and again when `cacheDuration` is over. Nothing else waits
 * for the first fetch (`fast_listener`): a request that comes before fetches for itself.
 */
export function remoteKeys(source: RemoteJWKS, index: number, context: FeatureContext): KeySource | undefined {
  const field = `spec.jwt.providers[${index}].remoteJWKS`;
  const url = URL.canParse(source.uri) ? new URL(source.uri) : undefined;
  if (url?.protocol !== "https:" && url?.protocol !== "http:") {
    context.invalid(`${field}.uri`, `"${source.uri}" is not an http or https URL.`);
    return undefined;
  }
  const cluster = clusterOf(source, url, index, field, context);
  if (cluster === undefined) return undefined;
  warnOfUnused(source.backendSettings, `${field}.backendSettings`, context);
  const { retry, timeout } = source.backendSettings ?? {};
  const cacheMs = durationMs(source.cacheDuration);
  const refetchMs = durationMs(source.failedRefetchDuration);
  return {
    case: "remoteJwks",
    value: {
      httpUri: {
        uri: source.uri,
        httpUpstreamType: { case: "cluster", value: cluster },
        timeout: protoDuration(durationMs(timeout?.http?.requestTimeout) ?? defaultTimeoutMs),
      },
      ...(cacheMs === undefined ? {} : { cacheDuration: protoDuration(cacheMs) }),
      asyncFetch: {
        fastListener: true,
        ...(refetchMs === undefined ? {} : { failedRefetchDuration: protoDuration(refetchMs) }),
      },
      ...(retry ? { retryPolicy: retryPolicy(retry) } : {}),
    },
  };
}

function clusterOf(
  source: RemoteJWKS,
  url: URL,
  index: number,
  field: string,
  context: FeatureContext,
): string | undefined {
  if (!source.backendRefs?.length) return context.urlCluster(url);
  return context.backends({
    owner: context.ownerOf("jwt", "providers"),
    refs: source.backendRefs,
    field: `${field}.backendRefs`,
    purpose: `jwt/${index}`,
    ...(url.protocol === "https:" ? { serverName: url.hostname } : {}),
  });
}

/** A back-off of which only one end is given gets the other: Envoy needs both in order. */
function retryPolicy({ numRetries, retryOn, perRetry }: Retry): MessageInitShape<typeof RetryPolicySchema> {
  const backOff = perRetry?.backOff;
  const base = Math.max(1, durationMs(backOff?.baseInterval) ?? defaultBaseIntervalMs);
  const max = Math.max(base, durationMs(backOff?.maxInterval) ?? base * maxIntervalFactor);
  return {
    retryOn: (retryOn?.triggers ?? defaultTriggers).join(","),
    numRetries,
    ...(backOff ? { retryBackOff: { baseInterval: protoDuration(base), maxInterval: protoDuration(max) } } : {}),
  };
}

/** Settings of the connection to the key server that have no effect yet. */
function warnOfUnused(settings: ClusterSettings | undefined, field: string, context: FeatureContext): void {
  const { retry, timeout, ...others } = settings ?? {};
  const unused = Object.keys(others);
  if (timeout?.tcp) unused.push("timeout.tcp");
  for (const name of Object.keys(timeout?.http ?? {}))
    if (name !== "requestTimeout") unused.push(`timeout.http.${name}`);
  if (retry?.numAttemptsPerPriority !== undefined) unused.push("retry.numAttemptsPerPriority");
  for (const name of unused.sort()) context.warn(`${field}.${name}`, "is not supported yet and has no effect.");
}
