/** Certificates for listeners, made while a test runs. */
import "reflect-metadata";
import { webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";

const algorithms = {
  ECDSA: { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" },
  RSA: {
    name: "RSASSA-PKCS1-v1_5",
    hash: "SHA-256",
    modulusLength: 2048,
    publicExponent: new Uint8Array([1, 0, 1]),
  },
} as const;

/** What a certificate is made from. */
export interface CertificateOptions {
  /** DNS names; the first is the subject's, too. */
  readonly names: readonly string[];
  readonly type?: keyof typeof algorithms;
  /** Subject's organization, to tell versions apart. */
  readonly organization?: string;
  /** Milliseconds from now until it expires. Default: a day. */
  readonly lifetimeMs?: number;
  /** URIs the certificate is for besides the names. */
  readonly uris?: readonly string[];
  /** Who signs it. Default: itself. */
  readonly issuer?: CertificateWithKey;
}

/** A certificate with its key, PEM. */
export interface CertificateWithKey {
  readonly cert: string;
  readonly key: string;
}

/** Makes a certificate, self-signed or signed by another one. Each can sign others. */
export async function makeCertificate(options: CertificateOptions): Promise<CertificateWithKey> {
  const algorithm = algorithms[options.type ?? "ECDSA"];
  x509.cryptoProvider.set(webcrypto);
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const [name = ""] = options.names;
  const subject = `CN=${name}${options.organization ? `, O=${options.organization}` : ""}`;
  const certificate = await x509.X509CertificateGenerator.create({
    subject,
    ...(await signerOf(options.issuer, subject, keys.privateKey)),
    publicKey: keys.publicKey,
    notBefore: new Date(Date.now() - 86_400_000),
    notAfter: new Date(Date.now() + (options.lifetimeMs ?? 86_400_000)),
    extensions: [
      new x509.BasicConstraintsExtension(true),
      new x509.SubjectAlternativeNameExtension([
        ...options.names.map((value) => ({ type: "dns" as const, value })),
        ...(options.uris ?? []).map((value) => ({ type: "url" as const, value })),
      ]),
    ],
  });
  const der = await webcrypto.subtle.exportKey("pkcs8", keys.privateKey);
  return { cert: certificate.toString("pem"), key: x509.PemConverter.encode(der, "PRIVATE KEY") };
}

/** Who signs with which key: the issuer, which has an elliptic key, or the subject itself. */
async function signerOf(issuer: CertificateWithKey | undefined, subject: string, own: webcrypto.CryptoKey) {
  if (!issuer) return { issuer: subject, signingKey: own, signingAlgorithm: own.algorithm };
  const der = x509.PemConverter.decodeFirst(issuer.key);
  const signingKey = await webcrypto.subtle.importKey("pkcs8", der, algorithms.ECDSA, false, ["sign"]);
  return { issuer: new x509.X509Certificate(issuer.cert).subject, signingKey, signingAlgorithm: algorithms.ECDSA };
}

/** Manifest of a ConfigMap with authorities; the name may be `namespace/name`. */
export function caConfigMap(name: string, ...authorities: readonly { readonly cert: string }[]): string {
  const [namespace, plain] = name.includes("/") ? name.split("/") : ["default", name];
  const data = { "ca.crt": authorities.map(({ cert }) => `${cert}\n`).join("") };
  return `---
apiVersion: v1
kind: ConfigMap
metadata: { name: ${plain}, namespace: ${namespace} }
data: ${JSON.stringify(data)}
`;
}

/** Manifest of a Secret of type `kubernetes.io/tls`; the name may be `namespace/name`. */
export function tlsSecret(name: string, { cert, key }: { readonly cert: string; readonly key: string }): string {
  const [namespace, plain] = name.includes("/") ? name.split("/") : ["default", name];
  const base64 = (text: string) => Buffer.from(text).toString("base64");
  return `---
apiVersion: v1
kind: Secret
metadata: { name: ${plain}, namespace: ${namespace} }
type: kubernetes.io/tls
data: { tls.crt: ${base64(cert)}, tls.key: ${base64(key)} }
`;
}
