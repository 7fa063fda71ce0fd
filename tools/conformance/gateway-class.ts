/** The GatewayClass that the suite uses. */
import type { Kubectl } from "./kubectl.ts";

export const gatewayClass = "gateway-conformance";

/** Namespaces that the suite makes, and deletes without waiting. */
const namespaces = ["infra", "app-backend", "web-backend"].map((name) => `gateway-conformance-${name}`);

/** Objects to apply. Dozens of Envoys have to fit on a small node, and each is to be gone soon when its Gateway is. */
export function objects(controllerName: string, namespace: string): object {
  const resources = { requests: { cpu: "10m", memory: "64Mi" } };
  const parametersRef = { group: "gateway.envoyproxy.io", kind: "EnvoyProxy", namespace, name: gatewayClass };
  return {
    apiVersion: "v1",
    kind: "List",
    items: [
      {
        apiVersion: "gateway.envoyproxy.io/v1alpha1",
        kind: "EnvoyProxy",
        metadata: { namespace, name: gatewayClass },
        spec: {
          concurrency: 1,
          shutdown: { drainTimeout: "2s", minDrainDuration: "1s" },
          provider: {
            type: "Kubernetes",
            kubernetes: { envoyDeployment: { container: { resources } } },
          },
        },
      },
      {
        apiVersion: "gateway.networking.k8s.io/v1",
        kind: "GatewayClass",
        metadata: { name: gatewayClass },
        spec: { controllerName, parametersRef },
      },
    ],
  };
}

/** Makes the class and waits until it is accepted. Returns the features it claims, sorted. */
export function createClass(kubectl: Kubectl, controllerName: string, namespace: string): string[] {
  kubectl.run(
    ["apply", "--server-side", "--force-conflicts", "-f", "-"],
    JSON.stringify(objects(controllerName, namespace)),
  );
  kubectl.run(["wait", "--for=condition=Accepted", "--timeout=120s", `gatewayclass/${gatewayClass}`]);
  const made = kubectl.get<{ status?: { supportedFeatures?: { name: string }[] } }>(["gatewayclass", gatewayClass]);
  return (made?.status?.supportedFeatures ?? []).map(({ name }) => name).sort();
}

/**
 * Removes the class, and what a suite that was broken off has left. Nothing is waited for; the control plane lets the class go when
 * its last Gateway is gone.
 */
export function cleanUp(kubectl: Kubectl, namespace: string): void {
  const how = ["--ignore-not-found", "--wait=false"];
  kubectl.run(["delete", "namespace", ...namespaces, ...how]);
  kubectl.run(["delete", "gatewayclass", gatewayClass, ...how]);
  kubectl.run(["delete", "envoyproxy.gateway.envoyproxy.io", gatewayClass, "-n", namespace, ...how]);
}

/** Waits for the end of what an earlier run is still deleting; the suite would find its own objects vanish. */
export function awaitDeletions(kubectl: Kubectl): void {
  for (const object of [...namespaces.map((name) => `namespace/${name}`), `gatewayclass/${gatewayClass}`]) {
    const found = kubectl.get<{ metadata: { deletionTimestamp?: string } }>([object]);
    if (found?.metadata.deletionTimestamp) kubectl.run(["wait", "--for=delete", "--timeout=180s", object]);
  }
}
