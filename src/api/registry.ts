/**
 * The registry of kinds: a kind is registered once, and loading, watching, indexing, sorting and status writing follow from it.
 *
 * The list here holds the kinds of this layer. The whole list, policies included, is composed in `features/kinds.ts`.
 */
import type { KindSchema } from "../schema/kind.ts";
import { suggest } from "../schema/suggest.ts";
import { ClusterTrustBundle } from "./core/clustertrustbundle.ts";
import { ConfigMap } from "./core/configmap.ts";
import { EndpointSlice } from "./core/endpointslice.ts";
import { ignoredKinds } from "./core/ignored.ts";
import { Namespace } from "./core/namespace.ts";
import { mergeStringData, Secret } from "./core/secret.ts";
import { Service } from "./core/service.ts";
import { ServiceImport } from "./core/serviceimport.ts";
import { BackendTLSPolicy } from "./gateway-api/backendtlspolicy.ts";
import { Gateway } from "./gateway-api/gateway.ts";
import { GatewayClass } from "./gateway-api/gatewayclass.ts";
import { GRPCRoute } from "./gateway-api/grpcroute.ts";
import { HTTPRoute } from "./gateway-api/httproute.ts";
import { ListenerSet } from "./gateway-api/listenerset.ts";
import { ReferenceGrant } from "./gateway-api/referencegrant.ts";
import { TCPRoute } from "./gateway-api/tcproute.ts";
import { TLSRoute } from "./gateway-api/tlsroute.ts";
import { UDPRoute } from "./gateway-api/udproute.ts";
import { XBackendTrafficPolicy } from "./gateway-api/xbackendtrafficpolicy.ts";

import { groupOf } from "./object.ts";
import { Backend } from "./v1alpha1/backend.ts";
import { EnvoyProxy } from "./v1alpha1/envoyproxy.ts";
import { EnvoyHTTPRouteFilter } from "./v1alpha1/httproutefilter.ts";

/** A registered kind: what `kind()` of the schema layer made, and how objects of the kind are treated. */
export interface KindDefinition extends KindSchema {
  /** Objects of the kind mean nothing to a gateway: they are left out, with a notice. */
  readonly ignored?: boolean;
  /** Turns an admitted object into the form in which an API server keeps it. Absent: it is kept as admitted. */
  readonly toStored?: (object: never) => unknown;
}

/** Kinds to be found by their names. */
export interface Registry {
  /** All kinds, in the order of registration; ignored ones last in their layer. */
  readonly kinds: readonly KindDefinition[];
  /** The kind of an object; absent if the kind is not known, or not in this version. Aliases of versions count. */
  findKind(apiVersion: string, kind: string): KindDefinition | undefined;
  /** The kind of this name, plural, singular or short name, whatever the case. Of equal names the first registered wins. */
  kindByName(name: string): KindDefinition | undefined;
  /** The name of the known kind that somebody who wrote `name` may have meant. */
  suggestKind(name: string): string | undefined;
}

/** Makes a registry. Throws if a kind is registered twice, which is a mistake of the program. */
export function createRegistry(kinds: readonly KindDefinition[]): Registry {
  const byGroupKind = new Map<string, KindDefinition>();
  const byName = new Map<string, KindDefinition>();
  for (const kind of kinds) {
    const key = `${kind.group}/${kind.kind}`;
    if (byGroupKind.has(key)) throw new Error(`kind ${key} is registered twice`);
    byGroupKind.set(key, kind);
    for (const name of [kind.kind.toLowerCase(), kind.plural, kind.singular, ...kind.shortNames]) {
      if (!byName.has(name)) byName.set(name, kind);
    }
  }
  const names = kinds.filter((kind) => kind.ignored !== true).map((kind) => kind.kind);
  return {
    kinds,
    findKind(apiVersion, kindName) {
      const kind = byGroupKind.get(`${groupOf(apiVersion)}/${kindName}`);
      const version = apiVersion.slice(apiVersion.lastIndexOf("/") + 1);
      const isServed =
        kind?.versions.some((candidate) => candidate.name === version) || kind?.aliases.includes(version);
      return isServed ? kind : undefined;
    },
    kindByName: (name) => byName.get(name.toLowerCase()),
    suggestKind: (name) => byName.get(name.toLowerCase())?.kind ?? suggest(name, names),
  };
}

/** The kinds of this layer: Gateway API, Kubernetes and this gateway's own, policies excepted. */
export const apiKinds: readonly KindDefinition[] = [
  GatewayClass,
  Gateway,
  ListenerSet,
  HTTPRoute,
  GRPCRoute,
  TLSRoute,
  TCPRoute,
  UDPRoute,
  ReferenceGrant,
  BackendTLSPolicy,
  XBackendTrafficPolicy,
  EnvoyProxy,
  Backend,
  EnvoyHTTPRouteFilter,
  Namespace,
  Service,
  ServiceImport,
  EndpointSlice,
  { ...Secret, toStored: mergeStringData },
  ConfigMap,
  ClusterTrustBundle,
  ...ignoredKinds,
];
