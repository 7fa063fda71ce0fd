/** Order of the HTTP filters. */
import { type Infer, named, object, oneOf, optional, required } from "../../../schema/builder.ts";
import { rule } from "../../../schema/rules.ts";

/** HTTP filters whose place can be chosen. */
export const EnvoyFilter = named(
  "EnvoyFilter",
  oneOf(
    "envoy.filters.http.custom_response",
    "envoy.filters.http.health_check",
    "envoy.filters.http.fault",
    "envoy.filters.http.cors",
    "envoy.filters.http.csrf",
    "envoy.filters.http.header_mutation",
    "envoy.filters.http.ext_authz",
    "envoy.filters.http.api_key_auth",
    "envoy.filters.http.basic_auth",
    "envoy.filters.http.oauth2",
    "envoy.filters.http.jwt_authn",
    "envoy.filters.http.stateful_session",
    "envoy.filters.http.buffer",
    "envoy.filters.http.lua",
    "envoy.filters.http.ext_proc",
    "envoy.filters.http.wasm",
    "envoy.filters.http.dynamic_modules",
    "envoy.filters.http.geoip",
    "envoy.filters.http.rbac",
    "envoy.filters.http.local_ratelimit",
    "envoy.filters.http.ratelimit",
    "envoy.filters.http.bandwidth_limit",
    "envoy.filters.http.grpc_web",
    "envoy.filters.http.grpc_stats",
    "envoy.filters.http.credential_injector",
    "envoy.filters.http.compressor",
    "envoy.filters.http.dynamic_forward_proxy",
  ),
  "HTTP filters whose place can be chosen.",
);
export type EnvoyFilter = Infer<typeof EnvoyFilter>;

/** Puts a filter before or after another. */
export const FilterPosition = named(
  "FilterPosition",
  object(
    {
      name: required(EnvoyFilter, "The filter that is moved."),
      before: optional(EnvoyFilter, "The filter it is put before."),
      after: optional(EnvoyFilter, "The filter it is put after."),
    },
    rule("(has(self.before) || has(self.after))", "before or after must be given"),
    rule(
      "(has(self.before) && !has(self.after)) || (!has(self.before) && has(self.after))",
      "before and after cannot be given both",
    ),
  ),
  "Puts a filter before or after another.",
);
export type FilterPosition = Infer<typeof FilterPosition>;
