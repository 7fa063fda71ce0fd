/** ExternalAuth: another service decides whether a request may pass (GEP-1494, experimental). */
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { type Any, anyPack } from "@bufbuild/protobuf/wkt";
import { protoDuration } from "../../../api/duration.ts";
import type { HTTPExternalAuthFilter } from "../../../api/gateway-api/external-auth.ts";
import { ApiVersion } from "../../../gen/envoy/config/core/v3/config_source_pb.js";
import { ExtensionWithMatcherPerRouteSchema } from "../../../gen/envoy/extensions/common/matching/v3/extension_matcher_pb.js";
import { ExecuteFilterActionSchema } from "../../../gen/envoy/extensions/filters/http/composite/v3/composite_pb.js";
import { ExtAuthzSchema } from "../../../gen/envoy/extensions/filters/http/ext_authz/v3/ext_authz_pb.js";
import type { ListStringMatcherSchema } from "../../../gen/envoy/type/matcher/v3/string_pb.js";

/**
 * Name of the HTTP filter that asks; disabled but on routes that say whom. The listener has an
 * `envoy.filters.http.composite` of this name, and the route its whole `ext_authz` configuration: per-route settings
 * of a plain `ext_authz` cannot say which headers the service gets.
 */
export const EXT_AUTHZ_FILTER = "envoy.filters.http.ext_authz";

/** How long the service may take; then the request is refused. */
const TIMEOUT_MS = 10_000;

/** Headers of a service's answer that are about that answer, and would falsify a request they are copied into. */
const ABOUT_THE_ANSWER = "connection|content-(encoding|length|type)|keep-alive|te|trailer|transfer-encoding|upgrade";

/** An ExternalAuth filter whose service was found. */
export interface ExternalAuth {
  readonly filter: HTTPExternalAuthFilter;
  readonly cluster: string;
  /** Host by which the service is asked. */
  readonly host: string;
}

type ExtAuthz = MessageInitShape<typeof ExtAuthzSchema>;
type Headers = MessageInitShape<typeof ListStringMatcherSchema>;

/**
 * The filter's configuration for the route. An error or no answer refuses the request; of bodies over
 * `forwardBody.maxSize` the service gets that much, as `HTTPExternalAuthFilter` wants it.
 */
export function externalAuthConfig(auth: ExternalAuth): Any {
  const { protocol, grpc, http, forwardBody } = auth.filter;
  const maxSize = forwardBody?.maxSize ?? 0;
  const allowed = (protocol === "GRPC" ? grpc : http)?.allowedHeaders ?? [];
  return onThisRoute({
    transportApiVersion: ApiVersion.V3,
    services: protocol === "GRPC" ? grpcService(auth) : httpService(auth),
    ...(allowed.length === 0 ? {} : { allowedHeaders: headers(allowed) }),
    // Host and pseudo-headers are never changed.
    decoderHeaderMutationRules: { disallowExpression: { regex: ABOUT_THE_ANSWER } },
    ...(maxSize === 0 ? {} : { withRequestBody: { maxRequestBytes: maxSize, allowPartialMessage: true } }),
  });
}

/** Makes the route's composite filter this one. */
function onThisRoute(config: ExtAuthz): Any {
  const filter = { name: EXT_AUTHZ_FILTER, typedConfig: anyPack(ExtAuthzSchema, create(ExtAuthzSchema, config)) };
  const action = anyPack(ExecuteFilterActionSchema, create(ExecuteFilterActionSchema, { typedConfig: filter }));
  return anyPack(
    ExtensionWithMatcherPerRouteSchema,
    create(ExtensionWithMatcherPerRouteSchema, {
      xdsMatcher: { onNoMatch: { onMatch: { case: "action", value: { name: "ext_authz", typedConfig: action } } } },
    }),
  );
}

function grpcService({ cluster, host }: ExternalAuth): NonNullable<ExtAuthz["services"]> {
  return {
    case: "grpcService",
    value: {
      targetSpecifier: { case: "envoyGrpc", value: { clusterName: cluster, authority: host } },
      timeout: protoDuration(TIMEOUT_MS),
    },
  };
}

function httpService({ filter, cluster, host }: ExternalAuth): NonNullable<ExtAuthz["services"]> {
  const copied = filter.http?.allowedResponseHeaders ?? [];
  return {
    case: "httpService",
    value: {
      serverUri: {
        uri: `http://${host}`,
        httpUpstreamType: { case: "cluster", value: cluster },
        timeout: protoDuration(TIMEOUT_MS),
      },
      pathPrefix: filter.http?.path ?? "",
      authorizationResponse: { allowedUpstreamHeaders: copied.length === 0 ? allHeaders : headers(copied) },
    },
  };
}

/** All but `:status`, with which a request over HTTP/2 would be malformed. */
const allHeaders: Headers = { patterns: [{ matchPattern: { case: "safeRegex", value: { regex: "[^:].*" } } }] };

function headers(names: readonly string[]): Headers {
  return { patterns: names.map((value) => ({ matchPattern: { case: "exact", value }, ignoreCase: true })) };
}
