import type { KubernetesContainerSpec } from "../../../api/v1alpha1/shared/kubernetes-objects.ts";
import type { FleetScope } from "../scope.ts";
import { imagePullPolicy, podPorts } from "../settings.ts";
import { directories, hasTokens } from "./paths.ts";

const defaultResources = { requests: { cpu: "100m", memory: "512Mi" } };

/** Rights of a process that needs none; the file system stays writable, since users' extensions may want to write. */
export const unprivileged = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ["ALL"] },
  privileged: false,
  runAsNonRoot: true,
  runAsUser: 65_532,
  runAsGroup: 65_532,
  seccompProfile: { type: "RuntimeDefault" },
};

/** In a probe: a container that does not answer is ended after seconds, drained or not. Its hooks run then as well, and would wait. */
export const endsSoon = { terminationGracePeriodSeconds: 5 } as const;

/** Envoy. Its listeners' ports are not declared: that has no effect but to restart pods when they change. */
export function envoyContainer(
  scope: FleetScope,
  container: KubernetesContainerSpec | undefined,
  args: readonly string[],
): object {
  const { settings } = scope;
  const own = [
    { name: "ENVOY_POD_NAMESPACE", valueFrom: field("metadata.namespace") },
    { name: "ENVOY_POD_NAME", valueFrom: field("metadata.name") },
    { name: "ENVOY_SERVICE_ZONE", valueFrom: field("metadata.annotations['topology.kubernetes.io/zone']") },
  ];
  const mounts = [
    hasTokens(scope)
      ? { name: "sa-token", mountPath: directories.token, readOnly: true }
      : { name: "certs", mountPath: directories.certificates, readOnly: true },
    { name: "sds", mountPath: directories.sds },
  ];
  return {
    name: "envoy",
    image: imageOf(container, settings.images.envoy),
    imagePullPolicy,
    command: ["envoy"],
    args,
    env: merged(own, container?.env ?? [], "name"),
    resources: container?.resources ?? defaultResources,
    securityContext: container?.securityContext ?? unprivileged,
    ports: [
      { name: "metrics", containerPort: podPorts.metrics, protocol: "TCP" },
      { name: "readiness", containerPort: podPorts.ready, protocol: "TCP" },
    ],
    // Asked every second, since a pod counts as ready no sooner than the next probe.
    startupProbe: { ...probe("/ready", podPorts.ready, { periodSeconds: 1, failureThreshold: 300 }), ...endsSoon },
    readinessProbe: probe("/ready", podPorts.ready, { periodSeconds: 5, failureThreshold: 1 }),
    livenessProbe: { ...probe("/ready", podPorts.ready, { periodSeconds: 10, failureThreshold: 3 }), ...endsSoon },
    // Kubernetes waits for the answer before it ends Envoy: it comes when the shutdown manager has drained it.
    lifecycle: { preStop: { httpGet: { path: "/shutdown/ready", port: podPorts.shutdown, scheme: "HTTP" } } },
    terminationMessagePath: "/dev/termination-log",
    terminationMessagePolicy: "File",
    volumeMounts: merged(mounts, container?.volumeMounts ?? [], "mountPath"),
  };
}

/** `imageRepository` keeps the tag of the default image, and wins. */
function imageOf(container: KubernetesContainerSpec | undefined, image: string): string {
  if (container?.imageRepository) {
    const [, tag = ""] = /(:[^/:@]+(?:@.*)?|@.*)$/.exec(image) ?? [];
    return container.imageRepository + tag;
  }
  return container?.image || image;
}

/** A probe of a path of the pod, by HTTP. */
export function probe(
  path: string,
  port: number,
  times: { readonly periodSeconds: number; readonly failureThreshold: number },
): object {
  return {
    httpGet: { path, port, scheme: "HTTP" },
    timeoutSeconds: 1,
    successThreshold: 1,
    ...times,
  };
}

function field(fieldPath: string): object {
  return { fieldRef: { apiVersion: "v1", fieldPath } };
}

type Item = { readonly [field: string]: unknown };

/** `further` items take the place of own ones with the same key and stand behind the others. */
function merged(own: readonly Item[], further: readonly Item[], key: string): Item[] {
  const replaced = new Set(further.map((item) => item[key]));
  return [...own.filter((item) => !replaced.has(item[key])), ...further];
}
