import { createPrivateKey, X509Certificate } from "node:crypto";
import type { Secret } from "../../api/core/secret.ts";
import type { Listener } from "../../api/gateway-api/listener.ts";
import { type ObjectKey, objectKey } from "../../api/object.ts";
import type { Collection, Context, Graph } from "../../engine/index.ts";
import { type Condition, isFalse } from "../conditions.ts";
import { sameData } from "../equal.ts";
import type { ReferenceGrants } from "../grants.ts";
import type { ObjectCollections } from "../objects.ts";
import type { Resource } from "../resources.ts";
import { certificateSecret } from "./certificate-secret.ts";

/** What listeners and clusters need to know of a Secret of type `kubernetes.io/tls`. A renewed certificate for the same names is no change of it. */
export type ServerCertificate =
  | { readonly isValid: true; readonly names: readonly string[] }
  | { readonly isValid: false; readonly why: string };

/** Certificates by Secret. */
export interface CertificateCollections {
  readonly certificates: Collection<ServerCertificate>;
  /** Valid ones as SDS secrets, named after their Secret and encoded once for all fleets. */
  readonly certificateSecrets: Collection<Resource>;
}

/** Adds the certificates of all Secrets to the graph. Parsing happens once per change of a Secret. */
export function createCertificates(graph: Graph, objects: ObjectCollections): CertificateCollections {
  const read = graph.derive({
    name: "readCertificates",
    from: objects.of("Secret"),
    map: (secret, key) => readCertificate(secret, key),
    equal: sameData,
  });
  return {
    certificates: graph.derive({
      name: "serverCertificates",
      from: read,
      map: ({ certificate }) => certificate,
      equal: sameData,
    }),
    certificateSecrets: graph.derive({
      name: "certificateSecrets",
      from: read,
      map: ({ secret }) => secret,
      equal: sameData,
    }),
  };
}

interface ReadCertificate {
  readonly certificate: ServerCertificate;
  readonly secret?: Resource;
}

function readCertificate(secret: Secret, key: ObjectKey): ReadCertificate {
  const wrong = (why: string): ReadCertificate => ({ certificate: { isValid: false, why } });
  if (secret.type !== "kubernetes.io/tls")
    return wrong(`is of type ${secret.type ?? "Opaque"}; a certificate needs kubernetes.io/tls`);
  const { "tls.crt": crt, "tls.key": privateKey } = secret.data ?? {};
  if (!crt || !privateKey) return wrong(`lacks ${crt ? "tls.key" : "tls.crt"}`);
  const pem = { chain: Buffer.from(crt, "base64"), key: Buffer.from(privateKey, "base64") };
  try {
    const leaf = new X509Certificate(pem.chain);
    if (!leaf.checkPrivateKey(createPrivateKey(pem.key)))
      return wrong("has a tls.key that does not belong to its tls.crt");
    return { certificate: { isValid: true, names: namesOf(leaf) }, secret: certificateSecret(key, pem) };
  } catch (error) {
    return wrong(
      `has data that is not a PEM certificate with its key (${error instanceof Error ? error.message : String(error)})`,
    );
  }
}

/** DNS names among the subject alternative names. Clients pay no attention to the common name any more (RFC 9525), so neither do we. */
function namesOf(leaf: X509Certificate): string[] {
  return (leaf.subjectAltName ?? "")
    .split(/,\s*/)
    .flatMap((entry) => (entry.startsWith("DNS:") ? [entry.slice(4).toLowerCase()] : []));
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
