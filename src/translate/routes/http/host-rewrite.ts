/** The host that the backend gets to see. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { RouteActionSchema } from "../../../gen/envoy/config/route/v3/route_components_pb.js";

/** Where a new host comes from. */
export type HostSource =
  | { readonly from: "literal"; readonly host: string }
  /** A header of the request; without it the host stays. */
  | { readonly from: "header"; readonly name: string }
  /** The name of the endpoint that was chosen; endpoints without a name leave the host as it is. */
  | { readonly from: "backend" }
  | { readonly from: "path"; readonly pattern: string; readonly substitution: string };

/** A new host. */
export type HostRewrite = HostSource & {
  /** Whether the backend is told the former host, in X-Forwarded-Host. */
  readonly isForwarded: boolean;
};

type HostFields = Pick<MessageInitShape<typeof RouteActionSchema>, "hostRewriteSpecifier" | "appendXForwardedHost">;

/** The fields of Envoy's action. */
export function hostRewrite(host: HostRewrite | undefined): HostFields {
  return host === undefined ? {} : { hostRewriteSpecifier: specifier(host), appendXForwardedHost: host.isForwarded };
}

function specifier(source: HostSource): NonNullable<HostFields["hostRewriteSpecifier"]> {
  switch (source.from) {
    case "literal":
      return { case: "hostRewriteLiteral", value: source.host };
    case "header":
      return { case: "hostRewriteHeader", value: source.name };
    case "backend":
      return { case: "autoHostRewrite", value: { value: true } };
    case "path":
      return {
        case: "hostRewritePathRegex",
        value: { pattern: { regex: source.pattern }, substitution: source.substitution },
      };
  }
}
