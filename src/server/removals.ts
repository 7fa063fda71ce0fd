import type { FleetChange, Resource, ResourceChange, VirtualHostResource } from "../xds/resources.ts";

/** Completes the whole content of a fleet (`next`, nothing but additions) with removals of what there was besides. */
export function removalsOf(former: FleetChange | undefined, next: FleetChange): FleetChange {
  if (!former) return next;
  const plain = (
    type: "cluster" | "endpoint" | "listener" | "route" | "secret",
  ): readonly ResourceChange<Resource>[] => {
    const kept = new Set(next[type]?.map(({ name }) => name));
    const gone = (former[type] ?? []).filter(({ name }) => !kept.has(name));
    return [...(next[type] ?? []), ...gone.map(({ name }) => ({ name, value: undefined }))];
  };
  return {
    cluster: plain("cluster"),
    endpoint: plain("endpoint"),
    listener: plain("listener"),
    route: plain("route"),
    secret: plain("secret"),
    virtualHost: virtualHosts(former.virtualHost ?? [], next.virtualHost ?? []),
  };
}

type VirtualHostChange = ResourceChange<VirtualHostResource> & { readonly table: string };

function virtualHosts(
  former: readonly VirtualHostChange[],
  next: readonly VirtualHostChange[],
): readonly VirtualHostChange[] {
  const id = ({ table, name }: VirtualHostChange): string => `${table}\n${name}`;
  const kept = new Set(next.map(id));
  const gone = former.filter((host) => !kept.has(id(host)));
  return [...next, ...gone.map(({ table, name }) => ({ table, name, value: undefined }))];
}
