import type { KubernetesDeploymentSpec } from "../../../api/v1alpha1/shared/kubernetes-objects.ts";
import { type FleetScope, gatewayNameLabel } from "../scope.ts";
import { controlPlaneHost, podPorts } from "../settings.ts";
import { userLabels } from "../user-labels.ts";
import { envoyContainer } from "./envoy-container.ts";
import { hasTokens } from "./paths.ts";
import { serviceAccountName } from "./service-account.ts";
import { drainTimeoutMs, shutdownContainer } from "./shutdown-container.ts";

/** What a pod has after the drain is over, before it is killed. */
const graceAfterDrainSeconds = 300;
const tokenSeconds = 3_600;

/** The pods of a fleet. Nothing in here depends on listeners, so that no change of a Gateway's ports restarts an Envoy. */
export function podTemplate(
  scope: FleetScope,
  settings: KubernetesDeploymentSpec | undefined,
  envoyArguments: readonly string[],
): object {
  const { fleet, owner, selector, settings: infra } = scope;
  const { pod, initContainers } = settings ?? {};
  const annotations = { ...prometheusAnnotations(scope), ...owner.annotations, ...pod?.annotations };
  return {
    metadata: {
      labels: {
        ...userLabels(owner.labels),
        ...userLabels(pod?.labels),
        ...gatewayNameLabel(owner, infra),
        ...selector,
      },
      ...(Object.keys(annotations).length > 0 && { annotations }),
    },
    spec: {
      serviceAccountName: serviceAccountName(scope),
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: Math.ceil(drainTimeoutMs(fleet) / 1_000) + graceAfterDrainSeconds,
      dnsPolicy: "ClusterFirst",
      restartPolicy: "Always",
      schedulerName: "default-scheduler",
      ...(initContainers && { initContainers }),
      containers: [envoyContainer(scope, settings?.container, envoyArguments), shutdownContainer(scope)],
      volumes: volumes(scope, pod?.volumes ?? []),
      ...present({
        securityContext: pod?.securityContext,
        affinity: pod?.affinity,
        tolerations: pod?.tolerations,
        nodeSelector: pod?.nodeSelector,
        topologySpreadConstraints: pod?.topologySpreadConstraints,
        imagePullSecrets: pod?.imagePullSecrets,
        priorityClassName: pod?.priorityClassName,
      }),
    },
  };
}

/** The fields that have a value. */
function present(fields: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function prometheusAnnotations({ fleet }: FleetScope): Record<string, string> {
  if (fleet.envoyProxy?.telemetry?.metrics?.prometheus?.disable === true) return {};
  return {
    "prometheus.io/path": "/stats/prometheus",
    "prometheus.io/port": String(podPorts.metrics),
    "prometheus.io/scrape": "true",
  };
}

/** Ours, and the user's; one of the user's with a name of ours takes its place. */
function volumes(scope: FleetScope, further: readonly { readonly [field: string]: unknown }[]): object[] {
  const { name, settings } = scope;
  const identity = hasTokens(scope)
    ? {
        name: "sa-token",
        projected: {
          sources: [
            {
              serviceAccountToken: {
                audience: controlPlaneHost(settings),
                expirationSeconds: tokenSeconds,
                path: "sa-token",
              },
            },
          ],
        },
      }
    : { name: "certs", secret: { secretName: "envoy" } };
  const own = [identity, { name: "sds", configMap: { name } }];
  const names = new Set(further.map((volume) => volume["name"]));
  return [...own.filter((volume) => !names.has(volume.name)), ...further];
}
