import type { Any } from "@bufbuild/protobuf/wkt";
import type { ClusterSpec } from "../backends/cluster-spec.ts";

/** A finding about a field of a policy. */
export interface PolicyFinding {
  /** Path from the object's root; empty for the object as a whole. */
  readonly field: string;
  /** A sentence without the field's path. */
  readonly message: string;
}

/** A policy's share of the configuration of an HTTP filter that is delivered by extension discovery. */
export interface FilterPart {
  /** Name of the filter. */
  readonly filter: string;
  /** Encoded message of the filter; parts of several policies are merged by concatenation. */
  readonly bytes: Uint8Array;
}

/** What an effective policy means in Envoy, or why it means nothing. */
export interface PolicyTranslation {
  /** Ids of the policies it comes from: the policy, and its parent if two were merged. */
  readonly policies: readonly string[];
  readonly problems: readonly PolicyFinding[];
  readonly warnings: readonly PolicyFinding[];
  /** Deprecated fields, as sentences. */
  readonly deprecations: readonly string[];
  readonly perFilterConfig: ReadonlyMap<string, Any>;
  readonly parts: readonly FilterPart[];
  readonly clusters: readonly ClusterSpec[];
  readonly policyTargets: readonly PolicyBackend[];
}

/** A Service or Backend that a feature talks to and a policy for backends targets. */
export interface PolicyBackend {
  /** The policy that refers to it. */
  readonly policy: { readonly kind: string; readonly namespace: string; readonly name: string };
  /** `<kind>/<namespace>/<name>`. */
  readonly target: string;
}
