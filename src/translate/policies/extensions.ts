import { create, toBinary } from "@bufbuild/protobuf";
import type { Collection, Graph } from "../../engine/index.ts";
import type { FeatureHttpFilter } from "../../features/feature.ts";
import { TypedExtensionConfigSchema } from "../../gen/envoy/config/core/v3/extension_pb.js";
import type { ClusterNeed } from "../backends/cluster-spec.ts";
import { anyOfBytes } from "../encode.ts";
import { sameData } from "../equal.ts";
import type { Fleet } from "../gateways/fleets.ts";
import type { ExtensionPartResource, Resource } from "../resources.ts";
import type { PolicyUse } from "../routes/applied-policy.ts";
import type { RouteModel } from "../routes/model.ts";
import type { PolicyTranslation } from "./policy-translation.ts";

/** A policy's part of a filter's configuration with the fleet it is for. */
export interface FleetExtensionPart extends ExtensionPartResource {
  readonly fleet: string;
}

/** What fleets need for the policies in force in them. */
export interface PolicyOutputs {
  /** Policies that govern at least one route, keyed `<fleet>|<id>`. */
  readonly inForce: Collection<PolicyUse>;
  /** Clusters that features talk to. */
  readonly needs: Collection<ClusterNeed>;
  /** Filter configurations without any part, keyed `<fleet>|<filter>`. Every fleet has all of them, since listeners wait for them. */
  readonly extensions: Collection<Resource>;
  readonly parts: Collection<FleetExtensionPart>;
}

/** Adds to the graph what follows for each fleet from the policies that govern at least one of its routes. */
export function createPolicyOutputs(
  graph: Graph,
  sources: {
    readonly routes: Collection<RouteModel>;
    readonly translations: Collection<PolicyTranslation>;
    readonly fleets: Collection<Fleet>;
    /** Filters whose configuration is delivered by extension discovery. */
    readonly filters: readonly FeatureHttpFilter[];
  },
): PolicyOutputs {
  const inForce = graph.group({
    name: "policiesInForce",
    from: sources.routes,
    by: ({ policyUses }) => policyUses.map(useKey),
    reduce: (members, key): PolicyUse | undefined => members[0]?.value.policyUses.find((use) => useKey(use) === key),
    equal: sameData,
  });
  const needs = graph.expand({
    name: "policyClusters",
    from: inForce,
    map: ({ fleet, id }, key, ctx) =>
      (ctx.get(sources.translations, id)?.clusters ?? []).map(
        (spec) => [`${key}|${spec.name}`, { fleet, spec }] as const,
      ),
    equal: sameData,
  });
  const parts = graph.expand({
    name: "extensionParts",
    from: inForce,
    map: ({ fleet, id }, key, ctx) =>
      partsOf(fleet, id, ctx.get(sources.translations, id)).map((part) => [`${key}|${part.extension}`, part] as const),
    equal: sameData,
  });
  const heads = sources.filters.map(encodeHead);
  const extensions = graph.expand({
    name: "extensions",
    from: sources.fleets,
    map: (_fleet, key) => heads.map((head) => [`${key}|${head.name}`, head] as const),
  });
  return { inForce, needs, extensions, parts };
}

const useKey = ({ fleet, id }: PolicyUse): string => `${fleet}|${id}`;

function partsOf(fleet: string, id: string, translation: PolicyTranslation | undefined): FleetExtensionPart[] {
  if (!translation) return [];
  const clusters = translation.clusters.map((spec) => spec.name);
  const from = translation.policies.map((policy) => policy.replace("/", " "));
  return translation.parts.map(({ filter, bytes }) => ({ fleet, extension: filter, name: id, bytes, clusters, from }));
}

function encodeHead({ name, schema }: FeatureHttpFilter): Resource {
  const typedConfig = anyOfBytes(schema, new Uint8Array());
  return {
    name,
    bytes: toBinary(TypedExtensionConfigSchema, create(TypedExtensionConfigSchema, { name, typedConfig })),
  };
}
