import type { BackendTLSPolicy } from "../../api/gateway-api/backendtlspolicy.ts";
import { compareAge, type ObjectKey, objectKey } from "../../api/object.ts";
import type { Backend, BackendTLSSettings } from "../../api/v1alpha1/backend.ts";
import type { Collection, Context, Graph, Index } from "../../engine/index.ts";
import type { BackendModel } from "../backends/backends.ts";
import type { Destination, UpstreamTls } from "../backends/destination.ts";
import { isPolicyTarget } from "../backends/policy-targets.ts";
import type { TlsResolver } from "../backends/references.ts";
import { sameData } from "../equal.ts";
import type { ObjectCollections } from "../objects.ts";
import type { Resource } from "../resources.ts";
import { type CaBundle, type CaReference, caSecret, readCaBundle } from "./ca-bundles.ts";
import { type CertificateSources, clientSettings, followClientCertificate } from "./client-tls.ts";

/** A BackendTLSPolicy with its CA certificates read. Key: `namespace/name`. */
export interface TlsPolicyModel {
  readonly object: BackendTLSPolicy;
  readonly bundle: CaBundle;
  /** No CA at all could be read: nothing can be trusted, so its backends cannot be used. */
  readonly isUsable: boolean;
}

/** Collections about TLS towards backends. */
export interface BackendTlsCollections {
  readonly policies: Collection<TlsPolicyModel>;
  /** Policies by target; the first of an entry's list is in force, the others conflict with it. */
  readonly byTarget: Index<TlsPolicyModel>;
  /** CA secrets by name. */
  readonly caSecrets: Collection<Resource>;
  readonly resolve: TlsResolver;
  /** Whether a policy targets an object (`<kind>/<namespace>/<name>`), or a port of it. */
  readonly isTarget: (ctx: Context, object: string) => boolean;
}

/** Key of a policy target. `section` is a Service port's name, or a Backend endpoint's port; empty for the whole object. */
export function tlsTargetKey(kind: string, object: ObjectKey, section: string): string {
  return `${kind}/${object}#${section}`;
}

/** The targets of a policy that can be targets at all. */
export function targetsOf({ spec }: BackendTLSPolicy): BackendTLSPolicy["spec"]["targetRefs"] {
  return spec.targetRefs.filter(isPolicyTarget);
}

/** Adds BackendTLSPolicies, and the TLS settings of Backends, to the graph. */
export function createBackendTls(
  graph: Graph,
  objects: ObjectCollections,
  certificates: CertificateSources,
): BackendTlsCollections {
  const policies = graph.derive({
    name: "backendTlsPolicies",
    from: objects.of("BackendTLSPolicy"),
    map: (object, _key, ctx): TlsPolicyModel => {
      const { caCertificateRefs, wellKnownCACertificates } = object.spec.validation;
      const bundle = readCaBundle(objects, caCertificateRefs ?? [], object.metadata.namespace ?? "", ctx);
      return { object, bundle, isUsable: wellKnownCACertificates === "System" || bundle.pem !== "" };
    },
    equal: sameData,
  });
  const byTarget = graph.index({
    name: "backendTlsPoliciesByTarget",
    from: policies,
    keys: ({ object }) =>
      targetsOf(object).map(({ kind, name, sectionName }) =>
        tlsTargetKey(kind, objectKey(object.metadata.namespace, name), sectionName ?? ""),
      ),
  });
  const byObject = graph.index({
    name: "backendTlsPoliciesByObject",
    from: policies,
    keys: ({ object }) =>
      targetsOf(object).map(({ kind, name }) => `${kind}/${objectKey(object.metadata.namespace, name)}`),
  });
  const policySecrets = graph.expand({
    name: "backendTlsPolicySecrets",
    from: policies,
    map: ({ object, bundle }) => caSecret(policySecretName(object), bundle),
    equal: sameData,
  });
  const backendSecrets = graph.expand({
    name: "backendCaSecrets",
    from: objects.of("Backend"),
    map: (backend, _key, ctx) => caSecret(backendSecretName(backend), backendBundle(objects, backend, ctx)),
    equal: sameData,
  });
  const caSecrets = graph.union({ name: "caSecrets", from: [policySecrets, backendSecrets] });
  const resolve: TlsResolver = (ctx, destination, backend) => {
    const policy = policyInForce(ctx, byTarget, destination);
    if (policy && !policy.isUsable) return unusable(policy.bundle, `BackendTLSPolicy ${policy.object.metadata.name}`);
    const own = backend?.object.spec.tls && backend;
    if (!own) return policy ? { tls: ofPolicy(policy) } : {};
    const shown = clientCertificate(backend.object, certificates, ctx);
    if ("reason" in shown) return shown;
    const found = withBackend(own, backend.object.spec.tls, policy, backendBundle(objects, backend.object, ctx));
    return "tls" in found ? { tls: { ...found.tls, ...shown } } : found;
  };
  const isTarget = (ctx: Context, object: string): boolean => ctx.lookup(byObject, object).length > 0;
  return { policies, byTarget, caSecrets, resolve, isTarget };
}

// Names as the original's: dashboards and patches may know them.
const policySecretName = ({ metadata }: BackendTLSPolicy): string => `${metadata.name}/${metadata.namespace}-ca`;
const backendSecretName = ({ metadata }: Backend): string => `backend/${metadata.name}/${metadata.namespace}-ca`;

function backendBundle(objects: ObjectCollections, { metadata, spec }: Backend, ctx: Context): CaBundle {
  const refs: readonly CaReference[] = spec.tls?.caCertificateRefs ?? [];
  return readCaBundle(objects, refs, metadata.namespace ?? "", ctx);
}

/** The oldest policy for the destination's port wins, else the oldest for the whole object. */
export function policyInForce(
  ctx: Context,
  byTarget: Index<TlsPolicyModel>,
  destination: Destination,
): TlsPolicyModel | undefined {
  const { kind, object, section } = destination;
  for (const candidate of section ? [section, ""] : [""]) {
    const found = ctx.lookup(byTarget, tlsTargetKey(kind, object, candidate)).map((member) => member.value);
    const [oldest] = [...found].sort((a, b) => compareAge(a.object, b.object));
    if (oldest) return oldest;
  }
  return undefined;
}

function unusable({ problems }: CaBundle, owner: string): { readonly reason: string; readonly message: string } {
  const details = problems.map(({ message }) => message).join(" ");
  return { reason: "InvalidBackendTLS", message: `${owner} has no usable CA certificate. ${details}`.trim() };
}

function ofPolicy({ object }: TlsPolicyModel): UpstreamTls {
  const { hostname, wellKnownCACertificates, subjectAltNames } = object.spec.validation;
  const names = (subjectAltNames ?? []).map(({ type, hostname: host, uri }) =>
    type === "Hostname" ? { type: "DNS" as const, value: host ?? "" } : { type: "URI" as const, value: uri ?? "" },
  );
  return {
    sni: hostname,
    trust: wellKnownCACertificates === "System" ? "system" : { caSecret: policySecretName(object) },
    ...(names.length > 0 ? { subjectAltNames: names } : {}),
  };
}

/** A Backend's own settings, over which a policy decides whom to trust and which names to expect. */
function withBackend(
  backend: BackendModel,
  settings: BackendTLSSettings | undefined,
  policy: TlsPolicyModel | undefined,
  bundle: CaBundle,
): ReturnType<TlsResolver> {
  if (!settings) return {};
  const trusted = trustOf(backend.object, settings, bundle);
  if (!policy && !trusted) return unusable(bundle, `Backend ${backend.object.metadata.name}`);
  const { sni } = settings;
  const tls: UpstreamTls = {
    trust: trusted ?? "system",
    ...(sni ? { sni } : {}),
    ...(settings.autoSNIFromEndpointHostname ? { sniFromEndpoint: true } : {}),
    ...clientSettings(settings),
    ...(policy ? ofPolicy(policy) : {}),
  };
  return { tls };
}

/** The certificate that a Backend wants to be shown; without it nothing is sent, since others might be taken for somebody else. */
function clientCertificate(
  { metadata, spec }: Backend,
  sources: CertificateSources,
  ctx: Context,
): Pick<UpstreamTls, "clientCertificateSecret"> | { readonly reason: string; readonly message: string } {
  const ref = spec.tls?.clientCertificateRef;
  if (!ref) return {};
  const from = { group: "gateway.envoyproxy.io", kind: "Backend", namespace: metadata.namespace ?? "" };
  const found = followClientCertificate(ref, from, sources, ctx);
  if ("secret" in found) return { clientCertificateSecret: found.secret };
  const message = `Backend ${metadata.name} spec.tls.clientCertificateRef: ${found.message}`;
  return { reason: "InvalidBackendTLS", message };
}

function trustOf(backend: Backend, settings: BackendTLSSettings, bundle: CaBundle): UpstreamTls["trust"] | undefined {
  if (settings.insecureSkipVerify) return "anybody";
  if (settings.wellKnownCACertificates === "System") return "system";
  return bundle.pem === "" ? undefined : { caSecret: backendSecretName(backend) };
}
