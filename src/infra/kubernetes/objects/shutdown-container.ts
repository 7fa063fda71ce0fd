import { durationMs } from "../../../api/duration.ts";
import type { FleetSpec } from "../../fleet.ts";
import type { FleetScope } from "../scope.ts";
import { imagePullPolicy, podPorts } from "../settings.ts";
import { endsSoon, probe, unprivileged } from "./envoy-container.ts";

/** Time beyond the drain in which the shutdown manager still answers Envoy's hook. */
const answerMs = 10_000;

/** The longest wait for connections to close before a pod of the fleet ends. */
export function drainTimeoutMs({ envoyProxy }: FleetSpec): number {
  return durationMs(envoyProxy?.shutdown?.drainTimeout) ?? 60_000;
}

/** The container beside Envoy that drains it before the pod ends. */
export function shutdownContainer({ fleet, settings }: FleetScope): object {
  const { drainTimeout, minDrainDuration, healthCheckFailureDelay } = fleet.envoyProxy?.shutdown ?? {};
  const given = (option: string, value: string | undefined): string[] =>
    value === undefined ? [] : [`--${option}=${value}`];
  return {
    name: "shutdown-manager",
    image: settings.images.shutdownManager,
    imagePullPolicy,
    command: ["envoy-gateway"],
    args: ["envoy", "shutdown-manager", `--ready-timeout=${Math.ceil((drainTimeoutMs(fleet) + answerMs) / 1_000)}s`],
    env: [
      { name: "ENVOY_POD_NAMESPACE", valueFrom: { fieldRef: { apiVersion: "v1", fieldPath: "metadata.namespace" } } },
      { name: "ENVOY_POD_NAME", valueFrom: { fieldRef: { apiVersion: "v1", fieldPath: "metadata.name" } } },
    ],
    resources: { requests: { cpu: "10m", memory: "32Mi" } },
    securityContext: unprivileged,
    // No liveness probe: its failure runs the hook below, which would drain an Envoy that goes on for ever after.
    startupProbe: { ...probe("/healthz", podPorts.shutdown, { periodSeconds: 1, failureThreshold: 300 }), ...endsSoon },
    readinessProbe: probe("/healthz", podPorts.shutdown, { periodSeconds: 10, failureThreshold: 3 }),
    lifecycle: {
      preStop: {
        exec: {
          command: [
            "envoy-gateway",
            "envoy",
            "shutdown",
            ...given("health-check-failure-delay", healthCheckFailureDelay),
            ...given("drain-timeout", drainTimeout),
            ...given("min-drain-duration", minDrainDuration),
          ],
        },
      },
    },
    terminationMessagePath: "/dev/termination-log",
    terminationMessagePolicy: "File",
  };
}
