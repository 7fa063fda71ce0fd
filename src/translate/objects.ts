import type { ClusterTrustBundle } from "../api/core/clustertrustbundle.ts";
import type { ConfigMap } from "../api/core/configmap.ts";
import type { EndpointSlice } from "../api/core/endpointslice.ts";
import type { Namespace } from "../api/core/namespace.ts";
import type { Secret } from "../api/core/secret.ts";
import type { Service } from "../api/core/service.ts";
import type { ServiceImport } from "../api/core/serviceimport.ts";
import type { BackendTLSPolicy } from "../api/gateway-api/backendtlspolicy.ts";
import type { Gateway } from "../api/gateway-api/gateway.ts";
import type { GatewayClass } from "../api/gateway-api/gatewayclass.ts";
import type { GRPCRoute } from "../api/gateway-api/grpcroute.ts";
import type { HTTPRoute } from "../api/gateway-api/httproute.ts";
import type { ListenerSet } from "../api/gateway-api/listenerset.ts";
import type { ReferenceGrant } from "../api/gateway-api/referencegrant.ts";
import type { TCPRoute } from "../api/gateway-api/tcproute.ts";
import type { TLSRoute } from "../api/gateway-api/tlsroute.ts";
import type { UDPRoute } from "../api/gateway-api/udproute.ts";
import type { XBackendTrafficPolicy } from "../api/gateway-api/xbackendtrafficpolicy.ts";
import type { KubeObject, ObjectKey } from "../api/object.ts";
import type { Backend } from "../api/v1alpha1/backend.ts";
import type { EnvoyProxy } from "../api/v1alpha1/envoyproxy.ts";
import type { EnvoyHTTPRouteFilter } from "../api/v1alpha1/httproutefilter.ts";
import type { Collection, Graph, Source } from "../engine/index.ts";

/** Kinds that translation reads, with the type of their objects. */
export interface InputKinds {
  GatewayClass: GatewayClass;
  Gateway: Gateway;
  ListenerSet: ListenerSet;
  HTTPRoute: HTTPRoute;
  GRPCRoute: GRPCRoute;
  TLSRoute: TLSRoute;
  TCPRoute: TCPRoute;
  UDPRoute: UDPRoute;
  ReferenceGrant: ReferenceGrant;
  BackendTLSPolicy: BackendTLSPolicy;
  XBackendTrafficPolicy: XBackendTrafficPolicy;
  Backend: Backend;
  EnvoyProxy: EnvoyProxy;
  HTTPRouteFilter: EnvoyHTTPRouteFilter;
  Namespace: Namespace;
  Service: Service;
  ServiceImport: ServiceImport;
  EndpointSlice: EndpointSlice;
  Secret: Secret;
  ConfigMap: ConfigMap;
  ClusterTrustBundle: ClusterTrustBundle;
}

/** One collection per kind that was registered, written from outside. */
export interface ObjectCollections {
  /** Collection of a kind that translation knows by type. */
  of<K extends keyof InputKinds>(kind: K): Collection<InputKinds[K]>;
  /** Collection of any registered kind, policies included; throws for a kind that was never registered. */
  ofKind(kind: string): Collection<KubeObject>;
  /** Puts, replaces or (with `undefined`) removes an object. Takes effect with the graph's next commit. */
  write(kind: string, key: ObjectKey, object: KubeObject | undefined): void;
}

/** Makes a source collection for each kind. Objects of other kinds are ignored by `write`. */
export function createObjectCollections(graph: Graph, kinds: readonly string[]): ObjectCollections {
  const sources = new Map<string, Source<KubeObject>>();
  for (const kind of kinds) sources.set(kind, graph.source<KubeObject>(kind));
  const ofKind = (kind: string): Source<KubeObject> => {
    const source = sources.get(kind);
    if (!source) throw new Error(`kind ${kind} is not registered with the translation`);
    return source;
  };
  return {
    // The registry validated each object against its kind's schema, so the narrower type holds.
    of: <K extends keyof InputKinds>(kind: K) => ofKind(kind) as unknown as Collection<InputKinds[K]>,
    ofKind,
    write(kind, key, object) {
      const source = sources.get(kind);
      if (!source) return;
      if (object) source.set(key, object);
      else source.delete(key);
    },
  };
}
