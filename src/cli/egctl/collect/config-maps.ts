import type { AnyObject } from "../../../kube/client.ts";

/** The ConfigMap that the chart makes for the control plane's configuration. */
const configuration = "envoy-gateway-config";

/** Where `kubectl apply` keeps another copy of the whole object. */
const lastApplied = "kubectl.kubernetes.io/last-applied-configuration";

/**
 * A ConfigMap as it may be given away: of those that are neither the control plane's configuration in `systemNamespace` nor made for Envoys,
 * the names and sizes of the values only, since people write passwords into them all the same.
 */
export function shareableConfigMap(configMap: AnyObject, systemNamespace: string): AnyObject {
  if (isOurs(configMap, systemNamespace)) return configMap;
  const { metadata, data, binaryData, ...rest } = configMap;
  const { [lastApplied]: _, ...annotations } = metadata.annotations ?? {};
  return {
    ...rest,
    metadata: { ...metadata, annotations },
    ...(isRecord(data) && { data: withoutValues(data) }),
    ...(isRecord(binaryData) && { binaryData: withoutValues(binaryData) }),
  };
}

function isOurs({ metadata: { namespace, name, labels } }: AnyObject, systemNamespace: string): boolean {
  if (namespace === systemNamespace && name === configuration) return true;
  return (
    labels?.["app.kubernetes.io/managed-by"] === "envoy-gateway" && labels["app.kubernetes.io/component"] === "proxy"
  );
}

function withoutValues(values: Readonly<Record<string, unknown>>): Record<string, string> {
  const sizes = Object.entries(values).map(([name, value]) => [name, `[${String(value).length} characters left out]`]);
  return Object.fromEntries(sizes);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
