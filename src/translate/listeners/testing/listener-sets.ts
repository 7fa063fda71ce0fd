/** Small worlds with ListenerSets. */
import type { KubeObject } from "../../../api/object.ts";
import { registry } from "../../../features/kinds.ts";
import { defaultTranslationOptions } from "../../options.ts";
import { put } from "../../policies/testing/objects.ts";
import { Translation } from "../../translation.ts";

const gatewayApi = "gateway.networking.k8s.io/v1";

/** A listener, as far as a test says more than its name. */
export interface TestListener {
  readonly name: string;
  readonly port?: number;
  readonly protocol?: string;
  readonly hostname?: string | undefined;
}

const written = (listener: TestListener) => ({ port: 8080, protocol: "HTTP", ...listener });

/** A Gateway `default/<name>` that takes all ListenerSets. `more` replaces fields of its `spec`. */
export function gateway(name = "eg", listeners: readonly TestListener[] = [{ name: "http" }], more = {}): KubeObject {
  const allowedListeners = { namespaces: { from: "All" } };
  return {
    apiVersion: gatewayApi,
    kind: "Gateway",
    metadata: { name, namespace: "default", generation: 1 },
    spec: { gatewayClassName: "eg", allowedListeners, listeners: listeners.map(written), ...more },
  };
}

/** A ListenerSet of a Gateway in namespace `default`; `age` orders them, the smaller the older. */
export function listenerSet(
  name: string,
  listeners: readonly TestListener[],
  { age = 0, parent = "eg", namespace = "default" } = {},
): KubeObject {
  return {
    apiVersion: gatewayApi,
    kind: "ListenerSet",
    metadata: { name, namespace, generation: 1, creationTimestamp: `2026-01-01T00:00:0${age}Z` },
    spec: { parentRef: { name: parent, namespace: "default" }, listeners: listeners.map(written) },
  };
}

/** An HTTPRoute of a ListenerSet, or of what `more` says. */
export function route(name: string, set: string, more: Readonly<Record<string, unknown>> = {}): KubeObject {
  return {
    apiVersion: gatewayApi,
    kind: "HTTPRoute",
    metadata: { name, namespace: "default", generation: 1 },
    spec: {
      parentRefs: [{ kind: "ListenerSet", name: set }],
      rules: [{ matches: [{ path: { value: `/${name}` } }], backendRefs: [{ name: "one", port: 80 }] }],
      ...more,
    },
  };
}

/** A translation with our class, a Service and these objects. */
export function world(...objects: readonly KubeObject[]): Translation {
  const kinds = registry.kinds.map(({ kind }) => kind);
  const translation = new Translation(defaultTranslationOptions, kinds);
  const gatewayClass = { controllerName: defaultTranslationOptions.controllerName };
  put(
    translation,
    { apiVersion: gatewayApi, kind: "GatewayClass", metadata: { name: "eg" }, spec: gatewayClass },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "one", namespace: "default" },
      spec: { ports: [{ name: "http", port: 80 }] },
    },
    ...objects,
  );
  translation.commit();
  return translation;
}

/** `Type=Status Reason` of the conditions of an object (`Kind/namespace/name`), of one of its listeners, or of a route's parent. */
export function conditions(translation: Translation, object: string, part?: string): readonly string[] {
  const body = translation.statuses.get(object)?.body;
  const entries = [
    ...(body?.listeners ?? []).map((listener) => [listener.name, listener.conditions] as const),
    ...(body?.parents ?? []).map(({ parentRef, conditions }) => [parentRef.name, conditions] as const),
    ...(body?.ancestors ?? []).map(({ ancestorRef: { name, sectionName }, conditions }) => {
      return [sectionName === undefined ? name : `${name}/${sectionName}`, conditions] as const;
    }),
  ];
  const found = part === undefined ? body?.conditions : entries.find(([name]) => name === part)?.[1];
  return (found ?? []).map(({ type, status, reason }) => `${type}=${status} ${reason}`);
}
