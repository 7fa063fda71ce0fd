import { keyOf } from "../../api/object.ts";
import type { Context } from "../../engine/index.ts";
import type { PolicyFeature } from "../../features/feature.ts";
import type { PolicyKind, PolicyObject } from "../../features/policy-kind.ts";
import { targetId } from "./claims.ts";
import type { EffectivePolicy } from "./effective-policies.ts";
import { type FeatureSources, PolicyContext } from "./feature-context.ts";
import { mergePolicies } from "./merge-policies.ts";
import type { PolicyTranslation } from "./policy-translation.ts";

/** Translates a policy with all features it uses. One that has a problem has no effect but to be refused. */
export function translatePolicy(
  kind: PolicyKind,
  effective: EffectivePolicy,
  id: string,
  sources: FeatureSources,
  ctx: Context,
): PolicyTranslation {
  const { policy: child, parent } = effective;
  const merged = parent ? mergePolicies(kind, child, parent) : { policy: child, problems: [] };
  const spec = (merged.policy.spec ?? {}) as Readonly<Record<string, unknown>>;
  const context = new PolicyContext(kind.definition, { child, ...(parent ? { parent } : {}) }, id, sources, ctx);
  for (const { field, message } of merged.problems) context.invalid(field, message);
  for (const field of kind.unsupportedFields) {
    if (spec[field] !== undefined)
      context.invalid(`spec.${field}`, "is not supported yet; remove it, or requests are refused.");
  }
  const deprecations = targetDeprecations(child);
  for (const feature of merged.problems.length > 0 ? [] : kind.features) {
    const config = spec[feature.field];
    if (config === undefined) continue;
    run(feature, config, context);
    deprecations.push(...deprecationsOf(feature, config));
  }
  const { problems, warnings } = context;
  const isValid = problems.length === 0;
  return {
    policies: [child, ...(parent ? [parent] : [])].map((policy) => targetId(policy.kind, keyOf(policy))),
    problems,
    warnings,
    deprecations: deprecations.sort(),
    perFilterConfig: isValid ? context.perFilterConfig : new Map(),
    parts: isValid ? context.parts : [],
    clusters: isValid ? [...context.clusters.values()] : [],
    policyTargets: context.policyTargets,
  };
}

/** The schema of a kind is put together of its features' schemas, so a field's value has the type that its feature expects. */
function run(feature: PolicyFeature, config: unknown, context: PolicyContext): void {
  context.begin(feature);
  feature.translate(config as never, context);
}

function deprecationsOf(feature: PolicyFeature, config: unknown): readonly string[] {
  return feature.deprecations?.(config as never) ?? [];
}

function targetDeprecations({ spec }: PolicyObject): string[] {
  return spec?.targetRef ? ["spec.targetRef is deprecated, use spec.targetRefs instead"] : [];
}
