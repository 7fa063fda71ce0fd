import type { FleetProblem, FleetSpec } from "../fleet.ts";
import { fleetLabels, gatewayNameKey, markKey, ownerLabels } from "./ownership.ts";

type Labels = Readonly<Record<string, string>>;

/** Labels by which objects and pods are told apart: whose they are, and which pods a Service leads to. */
const reservedKeys: ReadonlySet<string> = new Set([
  ...Object.keys(fleetLabels),
  ...Object.values(ownerLabels),
  gatewayNameKey,
  markKey,
]);

/**
 * Labels that a user may give to an object or a pod of a fleet: all but those by which they are told apart. With one of them a fleet could
 * pass for another one's, be deleted as too many, or get its traffic. Every user's labels go through here.
 */
export function userLabels(labels: Labels | undefined): Labels {
  return Object.fromEntries(Object.entries(labels ?? {}).filter(([key]) => !reservedKeys.has(key)));
}

/** What to tell of labels that have no effect; one problem for each field that has some. */
export function reservedLabelProblems({ envoyProxy, owner }: FleetSpec): readonly FleetProblem[] {
  const { envoyService, envoyDeployment, envoyDaemonSet } = envoyProxy?.provider?.kubernetes ?? {};
  const fields: readonly (readonly [string, Labels | undefined])[] = [
    ["spec.infrastructure.labels", owner?.labels],
    ["spec.provider.kubernetes.envoyService.labels", envoyService?.labels],
    ["spec.provider.kubernetes.envoyDeployment.pod.labels", envoyDeployment?.pod?.labels],
    ["spec.provider.kubernetes.envoyDaemonSet.pod.labels", envoyDaemonSet?.pod?.labels],
  ];
  return fields.flatMap(([field, labels = {}]): FleetProblem[] => {
    const keys = Object.keys(labels).filter((key) => reservedKeys.has(key));
    if (keys.length === 0) return [];
    const message = `${field}: ${keys.sort().join(", ")} tell whose an object is and have no effect here; remove them.`;
    return [{ severity: "warning", code: "label-reserved", message, field }];
  });
}
