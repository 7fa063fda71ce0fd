import { registry } from "../../../features/kinds.ts";
import { discover } from "../../../sources/kubernetes/discovery.ts";
import type { WrittenStatus } from "../../../status/object-status.ts";
import { CommandError } from "../../context.ts";
import { type AdminServer, askJson } from "../admin-client.ts";
import type { Cluster } from "../target/cluster.ts";
import type { Target } from "../target/target.ts";

/** An object's status, and whose it is. */
export interface ListedStatus {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly status: WrittenStatus;
}

/** Where no namespace is given. */
const usualNamespace = "default";

/** The namespace to look into; absent: all of them. */
export function namespaceOf(
  target: Target,
  { namespace, allNamespaces }: { readonly namespace?: string; readonly allNamespaces?: true },
): string | undefined {
  if (allNamespaces) return undefined;
  return namespace ?? (target.kind === "cluster" ? target.cluster.config.namespace : usualNamespace);
}

/** Statuses of objects of these kinds: in a namespace, and those of objects without one. */
export function listStatuses(
  target: Target,
  kinds: readonly string[],
  namespace: string | undefined,
): Promise<readonly ListedStatus[]> {
  return target.kind === "cluster"
    ? fromCluster(target.cluster, kinds, namespace)
    : fromMachine(target.admin, kinds, namespace);
}

async function fromMachine(
  admin: AdminServer,
  kinds: readonly string[],
  wanted: string | undefined,
): Promise<readonly ListedStatus[]> {
  const { items } = (await askJson(admin, "/api/status")) as { readonly items: readonly ListedStatus[] };
  return items.filter(
    ({ kind, metadata: { namespace } }) =>
      kinds.includes(kind) && (wanted === undefined || namespace === undefined || namespace === wanted),
  );
}

/** Kinds that the cluster does not have are left out, unless that leaves none. */
async function fromCluster(
  cluster: Cluster,
  kinds: readonly string[],
  namespace: string | undefined,
): Promise<readonly ListedStatus[]> {
  const { client } = cluster;
  const definitions = registry.kinds.filter(({ kind }) => kinds.includes(kind));
  return cluster.asking(async () => {
    const served = await discover(client, definitions);
    if (served.size === 0)
      throw new CommandError(
        `The cluster at ${cluster.config.server} has no ${kinds.join(", ")}: ${kinds.length === 1 ? "its CustomResourceDefinition is" : "their CustomResourceDefinitions are"} not installed.`,
      );
    const lists = [...served].map(async ([kind, { resource }]) => {
      const { items } = await client.listAll(resource, { namespace: resource.isNamespaced ? namespace : undefined });
      return items.map(({ metadata, status = {} }) => ({ kind, metadata, status: status as WrittenStatus }));
    });
    return (await Promise.all(lists)).flat();
  });
}
