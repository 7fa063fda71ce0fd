/**
 * Connections remember which listener took them: a network filter writes the listener's key into the connection's filter state, and routes
 * can ask for it. So listeners of a port share a route table, and a request that came over another listener's connection is noticed.
 */
import { create, toBinary } from "@bufbuild/protobuf";
import { type Filter, FilterSchema } from "../../gen/envoy/config/listener/v3/listener_components_pb.js";
import { RouteSchema } from "../../gen/envoy/config/route/v3/route_components_pb.js";
import { ConfigSchema } from "../../gen/envoy/extensions/filters/network/set_filter_state/v3/set_filter_state_pb.js";
import { FilterStateInputSchema } from "../../gen/envoy/extensions/matching/common_inputs/network/v3/network_inputs_pb.js";
import {
  Matcher_MatcherList_FieldMatcherSchema,
  type Matcher_OnMatch,
  Matcher_OnMatchSchema,
} from "../../gen/xds/type/matcher/v3/matcher_pb.js";
import { anyOf } from "../encode.ts";
import { lengthDelimited } from "../wire.ts";

const stateKey = "gateway.envoyproxy.io/listener";

/** The network filter that marks a connection as one of a listener. */
export function markConnection(listener: string): Filter {
  const config = create(ConfigSchema, {
    onNewConnection: [
      {
        key: { case: "objectKey", value: stateKey },
        factoryKey: "envoy.string",
        value: {
          case: "formatString",
          value: {
            format: { case: "textFormatSource", value: { specifier: { case: "inlineString", value: listener } } },
          },
        },
      },
    ],
  });
  return create(FilterSchema, {
    name: "envoy.filters.network.set_filter_state",
    configType: { case: "typedConfig", value: anyOf(ConfigSchema, config) },
  });
}

/** Status 421 (RFC 9110, 15.5.20): a client asks again over a connection of its own. */
const misdirected: Matcher_OnMatch = create(Matcher_OnMatchSchema, {
  onMatch: {
    case: "action",
    value: {
      name: "misdirected",
      typedConfig: anyOf(
        RouteSchema,
        create(RouteSchema, {
          name: "misdirected",
          match: { pathSpecifier: { case: "prefix", value: "/" } },
          action: { case: "directResponse", value: { status: 421 } },
        }),
      ),
    },
  },
});

const input = {
  name: "listener",
  typedConfig: anyOf(FilterStateInputSchema, create(FilterStateInputSchema, { key: stateKey })),
};

/** Field `matcher_list` of a `xds.type.matcher.v3.Matcher`, encoded: requests over connections of other listeners than this one get 421. */
export function refuseMisdirected(listener: string): Uint8Array {
  const own = {
    case: "singlePredicate" as const,
    value: {
      input,
      matcher: { case: "valueMatch" as const, value: { matchPattern: { case: "exact" as const, value: listener } } },
    },
  };
  const field = create(Matcher_MatcherList_FieldMatcherSchema, {
    predicate: { matchType: { case: "notMatcher", value: { matchType: own } } },
    onMatch: misdirected,
  });
  return lengthDelimited(1, lengthDelimited(1, toBinary(Matcher_MatcherList_FieldMatcherSchema, field)));
}
