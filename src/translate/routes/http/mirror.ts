/** RequestMirror: copies of requests whose answers are thrown away. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { HTTPRequestMirrorFilter } from "../../../api/gateway-api/http-filters.ts";
import type { RouteAction_RequestMirrorPolicySchema } from "../../../gen/envoy/config/route/v3/route_components_pb.js";
import { share } from "./share.ts";

/** A mirror whose target was found. */
export interface Mirror {
  readonly filter: HTTPRequestMirrorFilter;
  readonly cluster: string;
}

/**
 * Envoy's policies, without mirrors of no request at all. The copy keeps the request's host (Envoy would append
 * `-shadow`).
 */
export function mirrorPolicies(
  mirrors: readonly Mirror[],
): MessageInitShape<typeof RouteAction_RequestMirrorPolicySchema>[] {
  return mirrors.filter(copiesAnything).map(({ filter, cluster }) => ({
    cluster,
    disableShadowHostSuffixAppend: true,
    runtimeFraction:
      filter.fraction === undefined
        ? share(filter.percent ?? 100, 100)
        : share(filter.fraction.numerator, filter.fraction.denominator),
  }));
}

/** Whether the mirror gets any request. */
export function copiesAnything({ filter }: Mirror): boolean {
  return filter.fraction === undefined ? filter.percent !== 0 : filter.fraction.numerator > 0;
}
