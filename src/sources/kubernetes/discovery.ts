import type { KindDefinition } from "../../api/registry.ts";
import type { KubeClient } from "../../kube/client.ts";
import { hasStatus } from "../../kube/error.ts";
import { apiVersionOf } from "../../kube/resource.ts";
import type { FollowedKind } from "./kinds.ts";

interface ApiGroupList {
  readonly groups: readonly { readonly name: string; readonly versions: readonly { readonly version: string }[] }[];
}

interface ApiResourceList {
  readonly resources: readonly { readonly name: string; readonly kind: string; readonly namespaced: boolean }[];
}

/** Which of `kinds` this API server has, each in the first of its versions that is served. Rejects with a `KubeError`. */
export async function discover(
  client: KubeClient,
  kinds: readonly KindDefinition[],
): Promise<ReadonlyMap<string, FollowedKind>> {
  const { groups } = await client.send<ApiGroupList>({ method: "GET", path: "/apis" });
  const served = new Map<string, ReadonlySet<string>>([["", new Set(["v1"])]]);
  for (const { name, versions } of groups) served.set(name, new Set(versions.map(({ version }) => version)));
  const wanted = new Set<string>();
  for (const kind of kinds)
    for (const version of versionsOf(kind)) {
      if (served.get(kind.group)?.has(version)) wanted.add(apiVersionOf({ group: kind.group, version }));
    }
  const resources = new Map<string, ApiResourceList>();
  await Promise.all([...wanted].map(async (version) => resources.set(version, await resourcesOf(client, version))));
  const found = new Map<string, FollowedKind>();
  for (const definition of kinds) {
    const followed = find(definition, resources);
    if (followed) found.set(definition.kind, followed);
  }
  return found;
}

function versionsOf({ versions, aliases }: KindDefinition): readonly string[] {
  return [...versions.map(({ name }) => name), ...aliases];
}

function find(definition: KindDefinition, lists: ReadonlyMap<string, ApiResourceList>): FollowedKind | undefined {
  const { group, plural, kind } = definition;
  for (const version of versionsOf(definition)) {
    const list = lists.get(apiVersionOf({ group, version }));
    const resource = list?.resources.find((candidate) => candidate.name === plural && candidate.kind === kind);
    if (resource) return { definition, resource: { group, version, plural, kind, isNamespaced: resource.namespaced } };
  }
  return undefined;
}

/** A version that goes while it is being asked for has no resources. */
async function resourcesOf(client: KubeClient, apiVersion: string): Promise<ApiResourceList> {
  const path = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  try {
    return await client.send<ApiResourceList>({ method: "GET", path });
  } catch (error) {
    if (hasStatus(error, 404)) return { resources: [] };
    throw error;
  }
}
