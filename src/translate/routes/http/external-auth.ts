/** ExternalAuth: another service decides whether a request may pass (GEP-1494, experimental). */
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { type Any, anyPack } from "@bufbuild/protobuf/wkt";
import type { HTTPExternalAuthFilter } from "../../../api/gateway-api/external-auth.ts";
import {
  type CheckSettingsSchema,
  ExtAuthzPerRouteSchema,
} from "../../../gen/envoy/extensions/filters/http/ext_authz/v3/ext_authz_pb.js";
import { protoDuration } from "./duration.ts";

/** Name of the HTTP filter that asks; disabled but on routes with a service. */
export const EXT_AUTHZ_FILTER = "envoy.filters.http.ext_authz";

/** How long the service may take; then the request is refused. */
const TIMEOUT_MS = 10_000;

/** An ExternalAuth filter whose service was found. */
export interface ExternalAuth {
  readonly filter: HTTPExternalAuthFilter;
  readonly cluster: string;
  /** Host by which the service is asked. */
  readonly host: string;
}

/**
 * The filter's configuration for the route. An error or no answer refuses the request; bodies over `forwardBody.maxSize` are answered with 413.
 */
export function externalAuthConfig(auth: ExternalAuth): Any {
  const maxSize = auth.filter.forwardBody?.maxSize ?? 0;
  return anyPack(
    ExtAuthzPerRouteSchema,
    create(ExtAuthzPerRouteSchema, {
      override: {
        case: "checkSettings",
        value: {
          serviceOverride: auth.filter.protocol === "GRPC" ? grpcService(auth) : httpService(auth),
          ...(maxSize > 0 ? { withRequestBody: { maxRequestBytes: maxSize } } : { disableRequestBodyBuffering: true }),
        },
      },
    }),
  );
}

type ServiceOverride = NonNullable<MessageInitShape<typeof CheckSettingsSchema>["serviceOverride"]>;

function grpcService({ cluster, host }: ExternalAuth): ServiceOverride {
  return {
    case: "grpcService",
    value: {
      targetSpecifier: { case: "envoyGrpc", value: { clusterName: cluster, authority: host } },
      timeout: protoDuration(TIMEOUT_MS),
    },
  };
}

function httpService({ filter, cluster, host }: ExternalAuth): ServiceOverride {
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
      authorizationResponse: {
        allowedUpstreamHeaders: {
          patterns: copied.map((name) => ({ matchPattern: { case: "exact", value: name }, ignoreCase: true })),
        },
      },
    },
  };
}
