import type { ClusterNeed, ClusterSpec } from "../backends/cluster-spec.ts";
import type { ObjectStatus } from "../conditions.ts";
import type { Hostname } from "../listeners/hostnames.ts";
import type { PolicyUse } from "./applied-policy.ts";
import type { ParentResult } from "./attachment.ts";
import type { RouteEntry, RuleProblem, RuleTranslation } from "./http/rule-input.ts";

/** One Envoy route as bytes, with what is needed to put it in its place among others. */
export interface EncodedEntry extends Pick<RouteEntry, "sortKey" | "path"> {
  /** An encoded `envoy.config.route.v3.Route`. */
  readonly bytes: Uint8Array;
}

/** What one route (or a listener without any) brings to one host of one route table. */
export interface HostContribution {
  /** Id of the route table, see `tables.ts`. */
  readonly table: string;
  /** Listener through which it comes; a host belongs to the most specific listener of its port alone. */
  readonly listener: string;
  readonly host: Hostname;
  /** Table and host in one text: contributions with the same make one virtual host. */
  readonly place: string;
  readonly entries: readonly EncodedEntry[];
  readonly clusters: readonly string[];
  /** Parts of filters that its policies need, see `AppliedPolicies.extensions`. */
  readonly extensions: readonly string[];
  /** Provenance: `Kind namespace/name`. */
  readonly from: readonly string[];
}

/** What an object adds to what fleets are sent. */
export interface Contribution {
  readonly hosts: readonly HostContribution[];
  readonly needs: readonly ClusterNeed[];
}

/** Everything that follows from one route. Key: `<kind>/<namespace>/<name>`. */
export interface RouteModel extends Contribution {
  readonly parents: readonly ParentResult[];
  readonly status: ObjectStatus;
  /** Policies in force on the route, by fleet. */
  readonly policyUses: readonly PolicyUse[];
  /** Services and Backends it sends requests to that policies for backends target: `<kind>/<namespace>/<name>`. */
  readonly policyTargets: readonly string[];
}

/** A rule with everything that follows from it, still without its hosts. */
export interface TranslatedRule {
  readonly name: string | undefined;
  readonly translation: RuleTranslation;
  readonly clusters: readonly ClusterSpec[];
  /** Services and Backends it refers to that policies for backends target: `<kind>/<namespace>/<name>`. */
  readonly policyTargets: readonly string[];
  /** Problems of references, as conditions of the route. */
  readonly referenceProblems: readonly RuleProblem[];
  /** All its Services exist, and none has a ready endpoint. */
  readonly lacksEndpoints: boolean;
}
