import { fleetLabels, markOf } from "./ownership.ts";
import { type FleetKind, fleetKinds } from "./resources.ts";
import type { KubernetesInfraSettings } from "./settings.ts";

/** Where objects of a kind are followed. */
export interface FollowedPlace {
  readonly kind: FleetKind;
  /** Absent: all. */
  readonly namespace?: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  /** A namespace that is left out. */
  readonly except?: string | undefined;
}

/**
 * Where fleets' objects lie. What the original made counts where it may be taken over, see `ownershipOf`. A list of several
 * namespaces is complete only together, so each namespace is followed by itself.
 */
export function followedPlaces(settings: KubernetesInfraSettings): readonly FollowedPlace[] {
  const { deploy, namespace, namespaces } = settings;
  const everywhere = namespaces ?? [undefined];
  if (deploy === "GatewayNamespace") {
    return fleetKinds.flatMap((kind) => everywhere.map((of) => ({ kind, namespace: of, labels: fleetLabels })));
  }
  // Services lie beside Gateways even where fleets do not: their aliases.
  const labels = { ...fleetLabels, ...markOf(settings) };
  const beside = everywhere.filter((of) => of !== namespace);
  return [
    ...fleetKinds.map((kind) => ({ kind, namespace, labels: fleetLabels })),
    ...beside.map((of) => ({ kind: "Service" as const, namespace: of, labels, except: namespace })),
  ];
}

/** Whether an object of this namespace is looked at here. */
export function isCovered({ namespace, except }: FollowedPlace, of: string | undefined): boolean {
  return of !== except && (namespace === undefined || of === namespace);
}

/** A place's label selector. */
export function labelSelectorOf({ labels }: FollowedPlace): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(",");
}
