import type { Any } from "@bufbuild/protobuf/wkt";
import type { Context } from "../../engine/index.ts";
import type { RouteListener } from "../listeners/route-listeners.ts";

/** What all policies that govern one route rule on one listener add to its Envoy routes. */
export interface AppliedPolicies {
  /** Configuration per HTTP filter name; it switches the filter on for the route. The route's own filters win over it. */
  readonly perFilterConfig: ReadonlyMap<string, Any>;
  /** A policy that cannot be honoured refuses requests with 500 rather than let them pass unprotected. */
  readonly isRefused: boolean;
  /** Ids of the policies in force; each fleet that serves the route needs their clusters and their parts of filters. */
  readonly ids: readonly string[];
  /** Parts of filters that an Envoy must have before it gets the route, see `Resource.extensions`. */
  readonly extensions: readonly string[];
}

/** Nothing applies. */
export const noPolicies: AppliedPolicies = { perFilterConfig: new Map(), isRefused: false, ids: [], extensions: [] };

/** A route or one of its rules, as policies target it. */
export interface RouteTarget {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** `rules[].name`; rules without a name cannot be targeted alone. */
  readonly ruleName?: string | undefined;
}

/** Finds the policies in force. Reads go through the context, so a change of a policy recomputes just the routes it governs. */
export interface PolicyLookup {
  applied(ctx: Context, target: RouteTarget, listener: RouteListener): AppliedPolicies;
}

/** A policy in force somewhere in a fleet. */
export interface PolicyUse {
  readonly fleet: string;
  /** One of {@link AppliedPolicies.ids}. */
  readonly id: string;
}
