import type { LocalPolicyTargetReferenceWithSectionName } from "../api/gateway-api/policy.ts";
import type { KubeObject } from "../api/object.ts";
import type { KindDefinition } from "../api/registry.ts";
import type { TargetSelector } from "../api/v1alpha1/shared/policy-targets.ts";
import type { PolicyFeature } from "./feature.ts";
import type { MergeStrategy } from "./merge-strategy.ts";

/** The fields by which all policies are attached. */
export interface PolicySpec {
  readonly targetRef?: LocalPolicyTargetReferenceWithSectionName;
  readonly targetRefs?: readonly LocalPolicyTargetReferenceWithSectionName[];
  readonly targetSelectors?: readonly TargetSelector[];
  readonly mergeType?: MergeStrategy;
}

/** A policy of any kind. */
export type PolicyObject = KubeObject<PolicySpec>;

/** A policy kind as the machinery of policies sees it: where it may be attached, and what it consists of. */
export interface PolicyKind {
  readonly definition: KindDefinition;
  /** Plural for people, e.g. `SecurityPolicies`. */
  readonly pluralName: string;
  /** Kinds of the Gateway API it may target. */
  readonly targetKinds: readonly string[];
  readonly features: readonly PolicyFeature[];
  /** Fields that are known and not supported yet. A policy that sets one is invalid. */
  readonly unsupportedFields: readonly string[];
  /** Lists of objects that a strategic merge merges item by item: path of the list (dots between names) → field that identifies an item. */
  readonly mergeKeys: Readonly<Record<string, string>>;
}
