import { specOf } from "../../../server/controller.ts";
import type { FleetChange, Resource, ResourceChange } from "../../../translate/resources.ts";
import type { Translation, TranslationChanges } from "../../../translate/translation.ts";

/**
 * What lies between objects and Envoy's configuration: fleets to run (`infraIR`), and for each the resources with the objects
 * they were made from and the clusters they wait for (`xdsIR`).
 */
export function intermediate(
  translation: Translation,
  changes: TranslationChanges,
): { readonly xdsIR: object; readonly infraIR: object } {
  const fleets = [...translation.fleets.entries()];
  return {
    xdsIR: Object.fromEntries(fleets.map(([key]) => [key, describe(changes.xds.get(key) ?? {})])),
    infraIR: Object.fromEntries(
      fleets.map(([key, fleet]) => [key, { gateways: fleet.gateways, proxy: specOf(fleet) }]),
    ),
  };
}

function describe(resources: FleetChange): object {
  const hosts = Map.groupBy(sorted(resources.virtualHost ?? []), ({ table }) => table);
  return {
    listeners: list(resources.listener),
    routes: sorted(resources.route ?? []).map((change) => ({
      ...one(change),
      virtualHosts: list(hosts.get(change.name)),
    })),
    clusters: list(resources.cluster),
    endpoints: list(resources.endpoint),
    secrets: list(resources.secret),
    extensions: list(resources.extension),
  };
}

function list(changes: readonly ResourceChange<Resource>[] = []): object[] {
  return sorted(changes).map(one);
}

function one({ name, value }: ResourceChange<Resource>): object {
  return {
    name,
    ...(value?.from?.length && { from: value.from }),
    ...(value?.clusters?.length && { clusters: value.clusters }),
  };
}

function sorted<T extends { readonly name: string }>(changes: readonly T[]): T[] {
  return [...changes].sort((a, b) => (a.name < b.name ? -1 : 1));
}
