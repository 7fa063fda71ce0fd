import type { GRPCRoute, GRPCRouteRule } from "../../../api/gateway-api/grpcroute.ts";
import type { HTTPRoute, HTTPRouteFilter, HTTPRouteRule } from "../../../api/gateway-api/httproute.ts";
import type { SessionPersistence } from "../../../api/gateway-api/session-persistence.ts";
import type { Route } from "../../../gen/envoy/config/route/v3/route_components_pb.js";
import type { ExtensionFilter } from "./extension-filter.ts";

/** One backendRef (or mirror target) after its reference was followed. */
export interface ResolvedBackend {
  /**
   * Cluster that requests go to; `undefined` when the reference is invalid and its share of requests is answered with
   * 500, or UNAVAILABLE (503) for gRPC.
   */
  readonly cluster: string | undefined;
  /** Share of requests, as in `backendRefs[].weight`; never 0 (such backends are left out before). */
  readonly weight: number;
  /** The backendRef's own filters (`backendRefs[].filters`), in order. */
  readonly filters: readonly HTTPRouteFilter[];
  /** Target of each RequestMirror filter among `filters`, by its index; absent index: nothing is mirrored. */
  readonly mirrors?: ReadonlyMap<number, ResolvedBackend>;
  /** HTTPRouteFilter of each ExtensionRef among `filters`, by its index; absent index: there is none. */
  readonly extensions?: ReadonlyMap<number, ExtensionFilter>;
  /**
   * Host name of the backend where one exists (Service: `name.namespace.svc`, Backend: FQDN), e.g. for an authority
   * rewrite.
   */
  readonly host?: string;
  /** Requests go to the host they name. */
  readonly isDynamic?: true;
}

/** A rule with its route, by what it takes: requests (HTTPRoute) or calls (GRPCRoute). */
export type RouteRule =
  | { readonly protocol: "http"; readonly route: HTTPRoute; readonly rule: HTTPRouteRule }
  | { readonly protocol: "grpc"; readonly route: GRPCRoute; readonly rule: GRPCRouteRule };

/** What a rule is translated from: the rule and everything it refers to, already looked up. */
export type RuleInput = RouteRule & RuleTargets;

/** Everything a rule refers to, already looked up, and its place in the route. */
export interface RuleTargets {
  readonly ruleIndex: number;
  /** How sessions are kept, if they are. Absent: as the rule says. */
  readonly session?: SessionPersistence | undefined;
  /** In the order of `rule.backendRefs`, without those of weight 0. Empty when the rule has none, or only such. */
  readonly backends: readonly ResolvedBackend[];
  /**
   * Target of each RequestMirror filter, by its index in `rule.filters`; absent index: the reference is invalid and
   * nothing is mirrored.
   */
  readonly mirrors: ReadonlyMap<number, ResolvedBackend>;
  /**
   * Target of each ExternalAuth filter, by its index in `rule.filters`; absent: invalid, requests are refused with
   * 500.
   */
  readonly externalAuth: ReadonlyMap<number, ResolvedBackend>;
  /** HTTPRouteFilter of each ExtensionRef filter, by its index in `rule.filters`; absent: there is none, requests are refused with 500. */
  readonly extensions: ReadonlyMap<number, ExtensionFilter>;
}

/**
 * One Envoy route, ready but for its host: the virtual host adds the name's suffix and policies add per-filter
 * configuration.
 */
export interface RouteEntry {
  /**
   * `httproute/<ns>/<name>/rule/<i>/match/<j>`, or `grpcroute/…` (j = -1 without a match; `…/cors-preflight` appended
   * for a generated OPTIONS route).
   */
  readonly name: string;
  /** Orders the routes of one virtual host: plain string order of keys is the Gateway API's match precedence. */
  readonly sortKey: string;
  /** Path condition in a form that a matcher tree can be built from. */
  readonly path: { readonly type: "exact" | "prefix" | "regex"; readonly value: string };
  /** Everything but `name`. Not shared: the receiver may set `name` and add to `typedPerFilterConfig`. */
  readonly route: Route;
  /** Clusters it refers to, mirrors included. */
  readonly clusters: readonly string[];
}

/** Why a part of a rule cannot be served as written. */
export interface RuleProblem {
  /** The route condition it turns false, e.g. `Accepted`, `ResolvedRefs`, or `PartiallyInvalid` (turned true). */
  readonly condition: "Accepted" | "ResolvedRefs";
  /** Condition reason as in the Gateway API, e.g. `UnsupportedValue`, `IncompatibleFilters`. */
  readonly reason: string;
  /** Path within the route, e.g. `spec.rules[0].filters[1].requestRedirect.path`. */
  readonly field: string;
  /** What is wrong and what to write instead; a sentence without the field's path. */
  readonly message: string;
}

/**
 * Result for one rule. With a problem that concerns the whole rule, `entries` answer 500 so that requests never fall
 * through to another rule.
 */
export interface RuleTranslation {
  readonly entries: readonly RouteEntry[];
  readonly problems: readonly RuleProblem[];
}
