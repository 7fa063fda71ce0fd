/** What random objects of all kinds are made with. */
import fc from "fast-check";
import type { KubeObject } from "../../api/object.ts";
import { registry } from "../../features/kinds.ts";
import { admit } from "../../schema/admit.ts";

/** One write: an object that is put, or a key that is removed. */
export interface Write {
  readonly kind: string;
  readonly key: string;
  readonly object: KubeObject | undefined;
}

export const gatewayApi = "gateway.networking.k8s.io/v1";
export const times = fc.constantFrom(undefined, "2026-01-01T00:00:00Z", "2026-02-02T00:00:00Z");
export const namespaces = fc.constantFrom("default", "other");
export const generation = fc.integer({ min: 1, max: 3 });

/** An object as it is admitted; nothing when its kind refuses it. */
export function written(
  apiVersion: string,
  kind: string,
  fields: Readonly<Record<string, unknown>>,
  metadata: object,
): Write | undefined {
  const definition = registry.findKind(apiVersion, kind);
  if (!definition) throw new Error(`unknown kind ${kind}`);
  const raw = { apiVersion, kind, metadata: JSON.parse(JSON.stringify(metadata)), ...fields };
  const { object } = admit(definition, JSON.parse(JSON.stringify(raw)));
  if (!object) return undefined;
  const admitted = object as KubeObject;
  const { namespace, name } = admitted.metadata;
  return { kind, key: namespace ? `${namespace}/${name}` : name, object: admitted };
}

/** What a backendRef can lead to; some of it is never there. */
export const backendRef = fc.record({
  name: fc.constantFrom("one", "two", "three"),
  namespace: fc.constantFrom(undefined, "default", "other"),
  kind: fc.constantFrom("Service", "Service", "Backend"),
  port: fc.constantFrom(80, 80, 81),
  weight: fc.constantFrom(undefined, 0, 1, 5),
});

/** A backendRef as it is written. */
export const reference = ({
  kind,
  namespace,
  name,
  port,
  weight,
}: typeof backendRef extends fc.Arbitrary<infer T> ? T : never) => ({
  ...(kind === "Backend" ? { group: "gateway.envoyproxy.io", kind } : { port }),
  name,
  namespace,
  weight,
});
