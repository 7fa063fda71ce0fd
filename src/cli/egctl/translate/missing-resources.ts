import { type KubeObject, objectKey } from "../../../api/object.ts";
import { registry } from "../../../features/kinds.ts";
import { admit } from "../../../schema/admit.ts";
import type { ObjectChange } from "../../../sources/source.ts";

/** Cluster IP of invented Services. */
const inventedAddress = "10.96.1.2";

/** Name of an invented GatewayClass that no Gateway asks for. */
const usualClass = "eg";

/** Adds what the objects refer to but nobody gave: GatewayClasses, namespaces, Services and their EndpointSlices. */
export function addMissingResources(objects: readonly ObjectChange[], controllerName: string): readonly ObjectChange[] {
  const all = new Map(objects.map((change) => [`${change.kind}/${change.key}`, change]));
  const add = (raw: {
    readonly apiVersion: string;
    readonly kind: string;
    readonly metadata: { name: string; namespace?: string };
  }): void => {
    const key = objectKey(raw.metadata.namespace, raw.metadata.name);
    if (all.has(`${raw.kind}/${key}`)) return;
    const definition = registry.findKind(raw.apiVersion, raw.kind);
    const object = definition && (admit(definition, raw).object as KubeObject | undefined);
    if (object) all.set(`${raw.kind}/${key}`, { kind: raw.kind, key, object });
  };
  const gateways = objects.flatMap(({ kind, object }) => (kind === "Gateway" && object ? [object] : []));
  const classes = gateways.map(({ spec }) => (spec as { readonly gatewayClassName: string }).gatewayClassName);
  const isGiven = objects.some(({ kind }) => kind === "GatewayClass");
  for (const name of classes.length > 0 || isGiven ? classes : [usualClass]) addGatewayClass(name, controllerName, add);
  for (const { kind, object } of objects) {
    const namespace = object?.metadata.namespace;
    if (namespace === undefined) continue;
    const protocol = kind === "UDPRoute" ? "UDP" : "TCP";
    for (const ref of serviceReferences(object?.spec)) addService({ namespace, ...ref, protocol }, add);
  }
  for (const { object } of [...all.values()]) {
    const namespace = object?.metadata.namespace;
    if (namespace !== undefined) add({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
  }
  return [...all.values()].sort((a, b) => (`${a.kind}/${a.key}` < `${b.kind}/${b.key}` ? -1 : 1));
}

type Add = (raw: {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { name: string; namespace?: string };
}) => void;

function addGatewayClass(name: string, controllerName: string, add: Add): void {
  const spec = { controllerName };
  add({
    ...{ spec },
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "GatewayClass",
    metadata: { name },
  });
}

interface ServiceReference {
  readonly name: string;
  readonly namespace?: string;
  readonly port: number;
}

type InventedService = Required<ServiceReference> & { readonly protocol: "TCP" | "UDP" };

function addService(ref: InventedService, add: Add): void {
  const { namespace, protocol } = ref;
  const ports = [{ name: `port-${ref.port}`, port: ref.port, protocol }];
  add({
    ...{ spec: { clusterIP: inventedAddress, ports } },
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: ref.name, namespace },
  });
  const metadata = { name: `${ref.name}-${ref.port}`, namespace, labels: { "kubernetes.io/service-name": ref.name } };
  const endpoints = [{ addresses: [inventedAddress], conditions: { ready: true } }];
  add({
    ...{ addressType: "IPv4", ports, endpoints },
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata,
  });
}

/** References to Services anywhere in an object: all of them stand under `backendRef` or `backendRefs` and have a port. */
function* serviceReferences(value: unknown): Iterable<ServiceReference> {
  if (Array.isArray(value)) for (const item of value) yield* serviceReferences(item);
  if (typeof value !== "object" || value === null || Array.isArray(value)) return;
  for (const [name, member] of Object.entries(value)) {
    if (name === "backendRef" || name === "backendRefs") {
      for (const ref of [member].flat()) if (isServiceReference(ref)) yield ref;
    }
    yield* serviceReferences(member);
  }
}

function isServiceReference(value: unknown): value is ServiceReference {
  if (typeof value !== "object" || value === null) return false;
  const { group, kind, name, port } = value as Readonly<Record<string, unknown>>;
  return (
    (kind ?? "Service") === "Service" && (group ?? "") === "" && typeof name === "string" && typeof port === "number"
  );
}
