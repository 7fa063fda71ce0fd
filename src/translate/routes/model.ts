import type { ObjectKey } from "../../api/object.ts";
import type { ClusterNeed, ClusterSpec } from "../backends/cluster-spec.ts";
import type { Condition } from "../conditions.ts";
import type { Hostname } from "../listeners/hostnames.ts";
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
  readonly entries: readonly EncodedEntry[];
  readonly clusters: readonly string[];
  /** Provenance: `Kind namespace/name`. */
  readonly from: readonly string[];
}

/** Everything that follows from one HTTP-like route. Key: `<kind>/<namespace>/<name>`. */
export interface RouteModel {
  readonly kind: string;
  readonly key: ObjectKey;
  readonly uid?: string;
  readonly generation?: number;
  readonly parents: readonly ParentResult[];
  /** Conditions other than `Accepted`, the same for all parents. */
  readonly conditions: readonly Condition[];
  /** Set when no rule can be served; replaces `Accepted` of parents that took the route. */
  readonly rejection?: Condition;
  readonly hosts: readonly HostContribution[];
  readonly needs: readonly ClusterNeed[];
  /** Services and Backends it sends requests to: `<kind>/<namespace>/<name>`. */
  readonly destinations: readonly string[];
}

/** A rule with everything that follows from it, still without its hosts. */
export interface TranslatedRule {
  readonly name: string | undefined;
  readonly translation: RuleTranslation;
  readonly clusters: readonly ClusterSpec[];
  /** Services and Backends it refers to, usable or not: `<kind>/<namespace>/<name>`. */
  readonly destinations: readonly string[];
  /** Problems of references, as conditions of the route. */
  readonly referenceProblems: readonly RuleProblem[];
  /** All its Services exist, and none has a ready endpoint. */
  readonly lacksEndpoints: boolean;
}
