import { objectKey } from "../../api/object.ts";
import type { Collection, Context } from "../../engine/index.ts";
import type { ReferenceGrants } from "../grants.ts";
import type { TranslationOptions } from "../options.ts";
import type { BackendTrafficPolicies } from "./backend-traffic.ts";
import type { BackendModel } from "./backends.ts";
import { backendDestinationKey } from "./backends.ts";
import type { Destination, Transport, UpstreamTls } from "./destination.ts";
import { type ServiceModel, serviceDestinationKey } from "./services.ts";

/** The fields of every kind of backendRef. */
export interface BackendReference {
  readonly group?: string | undefined;
  readonly kind?: string | undefined;
  readonly namespace?: string | undefined;
  readonly name: string;
  readonly port?: number | undefined;
}

/** The object a backendRef stands in. */
export interface ReferringObject {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
}

/** A backendRef that was followed, or why it could not be. `reason` is a reason of the condition `ResolvedRefs`. */
export type Resolution =
  | { readonly isResolved: true; readonly destination: Destination }
  | { readonly isResolved: false; readonly reason: string; readonly message: string };

/** TLS that other objects (a BackendTLSPolicy, the Backend itself) ask for towards a destination. */
export type TlsResolver = (
  ctx: Context,
  destination: Destination,
  backend: BackendModel | undefined,
) => { readonly tls?: UpstreamTls } | { readonly reason: string; readonly message: string };

/** What references are looked up in. */
export interface ReferenceSources {
  readonly services: Collection<ServiceModel>;
  readonly backends: Collection<BackendModel>;
  readonly grants: ReferenceGrants;
  readonly tls: TlsResolver;
  readonly traffic: BackendTrafficPolicies;
  /** Whether a policy for backends (a BackendTLSPolicy, an XBackendTrafficPolicy) targets an object (`<kind>/<namespace>/<name>`), or a port of it. */
  readonly isPolicyTarget: (ctx: Context, object: string) => boolean;
  readonly options: TranslationOptions;
}

/** Kinds whose endpoints come from EndpointSlices. */
const serviceKinds = [
  { group: "", kind: "Service" },
  { group: "multicluster.x-k8s.io", kind: "ServiceImport" },
];

const unresolved = (reason: string, message: string): Resolution => ({ isResolved: false, reason, message });

/** The object a backendRef names, as policies for backends name it: `<kind>/<namespace>/<name>`. `ownNamespace` is the referring object's. */
export function targetOf({ kind = "Service", namespace, name }: BackendReference, ownNamespace: string): string {
  return `${kind}/${namespace ?? ownNamespace}/${name}`;
}

/** Follows a backendRef: kind, permission, existence, port, TLS, in the order the Gateway API gives reasons. */
export function resolveBackend(
  sources: ReferenceSources,
  from: ReferringObject,
  ref: BackendReference,
  ctx: Context,
): Resolution {
  const group = ref.group ?? "";
  const kind = ref.kind ?? "Service";
  const isService = serviceKinds.some((known) => known.group === group && known.kind === kind);
  const isBackend = group === "gateway.envoyproxy.io" && kind === "Backend";
  if (!isService && !isBackend) {
    return unresolved(
      "InvalidKind",
      `${group ? `${group}/` : ""}${kind} is not a supported backend; use a Service, ServiceImport or Backend.`,
    );
  }
  const namespace = ref.namespace ?? from.namespace;
  const key = objectKey(namespace, ref.name);
  if (!sources.grants.allows(ctx, from, { group, kind, namespace, name: ref.name })) {
    return unresolved(
      "RefNotPermitted",
      `${kind} ${key} is in another namespace and no ReferenceGrant there allows references from kind ${from.kind} in namespace ${from.namespace}.`,
    );
  }
  if (!isService) return resolveBackendObject(sources, key, from.kind, ctx);
  const transport = from.kind === "UDPRoute" ? "UDP" : "TCP";
  return resolveService(sources, `${kind}/${key}`, { port: ref.port, transport }, ctx);
}

/** `id`: kind and key, `Service/<namespace>/<name>`. */
function resolveService(
  sources: ReferenceSources,
  id: string,
  ref: { readonly port: number | undefined; readonly transport: Transport },
  ctx: Context,
): Resolution {
  const service = ctx.get(sources.services, id);
  const [kind, namespace, name] = id.split("/");
  const text = `${kind} ${namespace}/${name}`;
  if (!service) return unresolved("BackendNotFound", `${text} does not exist.`);
  // Whoever may write a Service could have Envoy ask any host, its own admin interface and other namespaces' Services included.
  if (service.isExternalName) {
    const message = `${text} is of type ExternalName, which is no backend; name a Backend with the host instead.`;
    return unresolved("UnsupportedValue", message);
  }
  if (ref.port === undefined) return unresolved("PortNotSpecified", `A port is needed to use ${text}.`);
  const ports = service.ports.filter(({ transport }) => transport === ref.transport);
  const port = ports.find((p) => p.port === ref.port);
  if (!port) {
    const known = ports.map((p) => p.port).join(", ");
    const what = `${ref.transport} port`;
    return unresolved("PortNotFound", `${text} has no ${what} ${ref.port}${known ? `; it has ${known}` : ""}.`);
  }
  const { routingType, clusterDomain } = sources.options;
  const variant = `${id} ${routingType} ${clusterDomain}`;
  const known = serviceDestinations.get(port) ?? new Map<string, Destination>();
  serviceDestinations.set(port, known);
  const destination = known.get(variant) ?? {
    key: serviceDestinationKey(id, port.port, port.transport),
    kind: service.kind,
    object: `${namespace}/${name}`,
    ...(port.name ? { section: port.name } : {}),
    protocol: port.protocol,
    isDns: port.isDns,
    // The cluster's own load balancing knows whether anything stands behind a Service's address.
    hasEndpoints: port.hasEndpoints || routingType === "Service",
    isFallback: false,
    host: `${name}.${namespace}.svc.${clusterDomain}`,
  };
  known.set(variant, destination);
  return withPolicies(sources, ctx, undefined, destination);
}

/** Each made once, so that all routes to a port of a Service share it and its cluster. */
const serviceDestinations = new WeakMap<ServiceModel["ports"][number], Map<string, Destination>>();

/** Kinds whose requests name a host. */
const requestRoutes: ReadonlySet<string> = new Set(["HTTPRoute", "GRPCRoute"]);

function resolveBackendObject(sources: ReferenceSources, key: string, fromKind: string, ctx: Context): Resolution {
  const backend = ctx.get(sources.backends, key);
  if (!backend) return unresolved("BackendNotFound", `Backend ${key} does not exist.`);
  if (backend.refusal) {
    return unresolved(backend.refusal.reason, `Backend ${key} is not usable: ${backend.refusal.message}`);
  }
  if (backend.isDynamic && !requestRoutes.has(fromKind)) {
    const message = `Backend ${key} is a DynamicResolver, which only HTTPRoutes and GRPCRoutes can use.`;
    return unresolved("InvalidBackendRef", message);
  }
  let destination = backendDestinations.get(backend);
  if (destination === undefined) {
    destination = destinationOf(backend, key);
    backendDestinations.set(backend, destination);
  }
  return withPolicies(sources, ctx, backend, destination);
}

/** Each made once, so that all routes to a Backend share it and its cluster. */
const backendDestinations = new WeakMap<BackendModel, Destination>();

function destinationOf(backend: BackendModel, key: string): Destination {
  return {
    key: backendDestinationKey(key),
    kind: "Backend",
    object: key,
    ...(backend.port === undefined ? {} : { section: String(backend.port) }),
    protocol: backend.protocol,
    isDns: backend.isDns,
    ...(backend.isDynamic ? { isDynamic: true } : {}),
    hasEndpoints: true,
    isFallback: backend.isFallback,
    ...(backend.host ? { host: backend.host } : {}),
  };
}

function withPolicies(
  sources: ReferenceSources,
  ctx: Context,
  backend: BackendModel | undefined,
  destination: Destination,
): Resolution {
  const found = sources.tls(ctx, destination, backend);
  if ("reason" in found) return unresolved(found.reason, found.message);
  const traffic = sources.traffic.resolve(ctx, destination.kind, destination.object);
  if (!found.tls && !traffic) return { isResolved: true, destination };
  const added = { ...(found.tls ? { tls: found.tls } : {}), ...(traffic ? { traffic } : {}) };
  return { isResolved: true, destination: { ...destination, ...added } };
}
