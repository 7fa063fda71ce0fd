import { compareAge, objectKey } from "../../api/object.ts";
import type { BackendTLSConfig } from "../../api/v1alpha1/envoyproxy/spec.ts";
import type { Collection, Context, Graph } from "../../engine/index.ts";
import type { UpstreamTls } from "../backends/destination.ts";
import { type Condition, isFalse } from "../conditions.ts";
import { sameData } from "../equal.ts";
import type { ManagedGateway } from "../gateways/gateways.ts";
import type { ReferenceGrants, Referrer } from "../grants.ts";
import type { ServerCertificate } from "../listeners/certificates.ts";

/** The gateway's own side of TLS towards backends: what it shows and offers. What a Backend says itself goes first, field by field. */
export type ClientTls = Pick<
  UpstreamTls,
  "clientCertificateSecret" | "alpn" | "minVersion" | "maxVersion" | "ciphers" | "ecdhCurves" | "signatureAlgorithms"
>;

/** What `spec.tls.backend` of a Gateway and `spec.backendTLS` of its EnvoyProxy come to. */
interface GatewayClientTls {
  readonly settings: ClientTls;
  /** `ResolvedRefs` of the Gateway where a reference leads nowhere. */
  readonly unresolved?: Condition;
}

/** Collections about the gateway's side of TLS towards backends. */
export interface ClientTlsCollections {
  /** By Gateway. */
  readonly byGateway: Collection<GatewayClientTls>;
  /** By fleet; absent where a fleet has no settings. Of merged Gateways the oldest one's certificate is shown for all. */
  readonly byFleet: Collection<ClientTls>;
}

/** What references to client certificates are looked up in. */
export interface CertificateSources {
  readonly certificates: Collection<ServerCertificate>;
  readonly grants: ReferenceGrants;
}

/** Adds the gateway's side of TLS towards backends to the graph. */
export function createClientTls(
  graph: Graph,
  gateways: Collection<ManagedGateway>,
  sources: CertificateSources,
): ClientTlsCollections {
  const byGateway = graph.derive({
    name: "gatewayClientTls",
    from: gateways,
    map: (gateway, _key, ctx) => clientTlsOf(gateway, sources, ctx),
    equal: sameData,
  });
  const byFleet = graph.group({
    name: "fleetClientTls",
    from: gateways,
    by: ({ isUsable, fleet }) => (isUsable ? fleet : undefined),
    compare: (a, b) => compareAge(a.value.object, b.value.object),
    reduce: (members, _fleet, ctx): ClientTls | undefined => {
      const all = members.map(({ key }) => ctx.get(byGateway, key)?.settings ?? {});
      const merged = Object.assign({}, ...all.reverse());
      return Object.keys(merged).length > 0 ? merged : undefined;
    },
    equal: sameData,
  });
  return { byGateway, byFleet };
}

/** The fields that are settings of the gateway's side, without those left out. */
export function clientSettings(config: Omit<BackendTLSConfig, "clientCertificateRef">): ClientTls {
  const { minVersion, maxVersion, ciphers, ecdhCurves, signatureAlgorithms, alpnProtocols } = config;
  return {
    ...(minVersion ? { minVersion } : {}),
    ...(maxVersion ? { maxVersion } : {}),
    ...(ciphers ? { ciphers } : {}),
    ...(ecdhCurves ? { ecdhCurves } : {}),
    ...(signatureAlgorithms ? { signatureAlgorithms } : {}),
    ...(alpnProtocols ? { alpn: alpnProtocols } : {}),
  };
}

/** A Gateway's own certificate goes before its EnvoyProxy's. */
function clientTlsOf(gateway: ManagedGateway, sources: CertificateSources, ctx: Context): GatewayClientTls | undefined {
  const { object, proxy, backendTlsNamespace = "" } = gateway;
  const own = object.spec.tls?.backend?.clientCertificateRef;
  const general = proxy.backendTLS?.clientCertificateRef;
  const settings = clientSettings(proxy.backendTLS ?? {});
  const ref = own ?? general;
  if (!ref) return Object.keys(settings).length > 0 ? { settings } : undefined;
  const from: Referrer = own
    ? { group: "gateway.networking.k8s.io", kind: "Gateway", namespace: object.metadata.namespace ?? "" }
    : { group: "gateway.envoyproxy.io", kind: "EnvoyProxy", namespace: backendTlsNamespace };
  const field = own ? "spec.tls.backend.clientCertificateRef" : "EnvoyProxy spec.backendTLS.clientCertificateRef";
  const found = followClientCertificate(ref, from, sources, ctx);
  if ("secret" in found) return { settings: { ...settings, clientCertificateSecret: found.secret } };
  return { settings, unresolved: isFalse("ResolvedRefs", found.reason, `${field}: ${found.message}`) };
}

/** Reference to a Secret with a client certificate. */
interface ClientCertificateReference {
  readonly group?: string | undefined;
  readonly kind?: string | undefined;
  readonly namespace?: string | undefined;
  readonly name: string;
}

/** Follows a reference to a client certificate: key of the Secret, which is also the name of its SDS secret, or what is wrong. */
export function followClientCertificate(
  ref: ClientCertificateReference,
  from: Referrer,
  { certificates, grants }: CertificateSources,
  ctx: Context,
): { readonly secret: string } | { readonly reason: string; readonly message: string } {
  const invalid = (message: string) => ({ reason: "InvalidClientCertificateRef", message });
  const { group = "", kind = "Secret", namespace = from.namespace, name } = ref;
  if (group !== "" || kind !== "Secret") {
    return invalid(`${group ? `${group}/` : ""}${kind} cannot hold a client certificate; name a Secret.`);
  }
  const secret = objectKey(namespace, name);
  if (!grants.allows(ctx, from, { group, kind, namespace, name })) {
    const message = `Secret ${secret} is in another namespace and no ReferenceGrant there allows the reference.`;
    return { reason: "RefNotPermitted", message };
  }
  const certificate = ctx.get(certificates, secret);
  if (!certificate) return invalid(`Secret ${secret} does not exist.`);
  return certificate.isValid ? { secret } : invalid(`Secret ${secret} ${certificate.why}.`);
}
