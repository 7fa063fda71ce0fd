import { createPrivateKey, X509Certificate } from "node:crypto";
import type { Secret } from "../../api/core/secret.ts";
import type { Listener } from "../../api/gateway-api/listener.ts";
import { type ObjectKey, objectKey } from "../../api/object.ts";
import type { Collection, Context, Graph } from "../../engine/index.ts";
import { type Condition, isFalse } from "../conditions.ts";
import { sameData } from "../equal.ts";
import type { ReferenceGrants } from "../grants.ts";
import type { ObjectCollections } from "../objects.ts";

/** A Secret of type `kubernetes.io/tls` as a server certificate. */
export type ServerCertificate =
  | { readonly isValid: true; readonly chain: Buffer; readonly key: Buffer; readonly names: readonly string[] }
  | { readonly isValid: false; readonly why: string };

/** Server certificates by Secret. Secrets of other types are left out; parsing happens once per change of a Secret. */
export function createServerCertificates(graph: Graph, objects: ObjectCollections): Collection<ServerCertificate> {
  return graph.derive({
    name: "serverCertificates",
    from: objects.of("Secret"),
    map: (secret) => readCertificate(secret),
    equal: sameData,
  });
}

function readCertificate(secret: Secret): ServerCertificate {
  const wrong = (why: string): ServerCertificate => ({ isValid: false, why });
  if (secret.type !== "kubernetes.io/tls")
    return wrong(`is of type ${secret.type ?? "Opaque"}; a certificate needs kubernetes.io/tls`);
  const { "tls.crt": crt, "tls.key": key } = secret.data ?? {};
  if (!crt || !key) return wrong(`lacks ${crt ? "tls.key" : "tls.crt"}`);
  const chain = Buffer.from(crt, "base64");
  const privateKey = Buffer.from(key, "base64");
  try {
    const leaf = new X509Certificate(chain);
    if (!leaf.checkPrivateKey(createPrivateKey(privateKey)))
      return wrong("has a tls.key that does not belong to its tls.crt");
    return { isValid: true, chain, key: privateKey, names: namesOf(leaf) };
  } catch (error) {
    return wrong(
      `has data that is not a PEM certificate with its key (${error instanceof Error ? error.message : String(error)})`,
    );
  }
}

function namesOf(leaf: X509Certificate): string[] {
  const alternative = (leaf.subjectAltName ?? "")
    .split(/,\s*/)
    .flatMap((entry) => (entry.startsWith("DNS:") ? [entry.slice(4).toLowerCase()] : []));
  const common = /^CN=(.+)$/m.exec(leaf.subject)?.[1];
  return alternative.length > 0 || !common ? alternative : [common.toLowerCase()];
}

/** The certificates a listener serves, and its `ResolvedRefs` condition if one is wrong. */
export interface ResolvedCertificates {
  readonly certificates: readonly ObjectKey[];
  readonly problem?: Condition;
}

/** Looks up `tls.certificateRefs` of a listener; what can be served is served even when another reference is broken. */
export function resolveCertificates(
  listener: Listener,
  namespace: string,
  sources: {
    readonly certificates: Collection<ServerCertificate>;
    readonly grants: ReferenceGrants;
    readonly referrerKind: string;
  },
  ctx: Context,
): ResolvedCertificates {
  const good: ObjectKey[] = [];
  const bad: { readonly reason: string; readonly message: string }[] = [];
  for (const [i, ref] of (listener.tls?.certificateRefs ?? []).entries()) {
    const field = `tls.certificateRefs[${i}]`;
    const fail = (reason: string, message: string): void => void bad.push({ reason, message: `${field}: ${message}` });
    const refNamespace = ref.namespace ?? namespace;
    const key = objectKey(refNamespace, ref.name);
    if ((ref.group ?? "") !== "" || (ref.kind ?? "Secret") !== "Secret") {
      fail("InvalidCertificateRef", `${ref.group ?? ""}/${ref.kind} is not supported; name a Secret.`);
      continue;
    }
    const from = { group: "gateway.networking.k8s.io", kind: sources.referrerKind, namespace };
    if (!sources.grants.allows(ctx, from, { group: "", kind: "Secret", namespace: refNamespace, name: ref.name })) {
      fail(
        "RefNotPermitted",
        `Secret ${key} is in another namespace and no ReferenceGrant there allows the reference.`,
      );
      continue;
    }
    const certificate = ctx.get(sources.certificates, key);
    if (!certificate) fail("InvalidCertificateRef", `Secret ${key} does not exist.`);
    else if (!certificate.isValid) fail("InvalidCertificateRef", `Secret ${key} ${certificate.why}.`);
    else good.push(key);
  }
  return { certificates: good, ...problemOf(good, bad) };
}

function problemOf(
  good: readonly ObjectKey[],
  bad: readonly { readonly reason: string; readonly message: string }[],
): { problem?: Condition } {
  const first = bad[0];
  if (!first) return {};
  const message = bad.map((b) => b.message).join(" ");
  return {
    problem: isFalse("ResolvedRefs", good.length > 0 ? "PartiallyInvalidCertificateRef" : first.reason, message),
  };
}
