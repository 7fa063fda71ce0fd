import { createPrivateKey, X509Certificate } from "node:crypto";
import {
  authorityName,
  type CertificateName,
  certificateFileNames,
  certificateNames,
  hmacSecretBytes,
  hmacSecretFile,
} from "./layout.ts";
import { type CertificateStore, directoryStore } from "./store.ts";

/**
 * State of one party's certificate. `incomplete`: some of the three files are missing; `invalid`: unreadable, or certificate, key
 * and authority do not belong together.
 */
export type CertificateState = "missing" | "incomplete" | "invalid" | "expired" | "good";

export interface CertificateReport {
  readonly name: CertificateName;
  readonly state: CertificateState;
  /** Issued by an authority of ours; others' certificates are used but never replaced. Also true when nothing could be read. */
  readonly isOurs: boolean;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  /** What is wrong, for people. */
  readonly problem?: string;
}

export interface CertificatesReport {
  readonly certificates: readonly CertificateReport[];
  /** Pairs of parties of which the second would not accept the first, in words. Empty when all trust each other. */
  readonly mistrust: readonly string[];
  readonly hmacSecret: "missing" | "invalid" | "good";
  /** First time at which a certificate runs out; absent when none could be read. */
  readonly notAfter?: Date;
}

interface Party {
  readonly report: CertificateReport;
  readonly certificate?: X509Certificate;
  readonly authorities: readonly X509Certificate[];
}

/** Who connects to whom, each checking the other: Envoys and the rate limit service to the control plane, Envoys to rate limiting. */
const connections: readonly (readonly [CertificateName, CertificateName])[] = [
  ["envoy", "envoy-gateway"],
  ["envoy-rate-limit", "envoy-gateway"],
  ["envoy", "envoy-rate-limit"],
];

/** Looks at all certificates and says what state they are in. Reads only; never throws for what the files contain. */
export function inspectCertificates(configHome: string, now: Date): Promise<CertificatesReport> {
  return inspectStore(directoryStore(configHome), now);
}

/** The same for certificates that are kept elsewhere. Rejects when the store cannot be read. */
export async function inspectStore(store: CertificateStore, now: Date): Promise<CertificatesReport> {
  const parties = new Map<CertificateName, Party>();
  for (const name of certificateNames) parties.set(name, await inspectParty(store, name, now));
  const mistrust: string[] = [];
  for (const [a, b] of connections) {
    for (const [from, to] of [[a, b] as const, [b, a] as const]) {
      const certificate = parties.get(from)?.certificate;
      const authorities = parties.get(to)?.authorities ?? [];
      if (certificate && authorities.length > 0 && !isIssuedByAny(certificate, authorities)) {
        mistrust.push(`${to}/ca.crt does not contain the authority that signed ${from}/tls.crt`);
      }
    }
  }
  const certificates = [...parties.values()].map((party) => party.report);
  const ends = certificates.flatMap((report) => (report.notAfter ? [report.notAfter.getTime()] : []));
  return {
    certificates,
    mistrust,
    hmacSecret: await inspectHmacSecret(store),
    ...(ends.length > 0 && { notAfter: new Date(Math.min(...ends)) }),
  };
}

/** Splits a bundle into certificates. Throws when one of them is malformed. */
export function parseBundle(pem: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => new X509Certificate(block));
}

async function inspectParty(store: CertificateStore, name: CertificateName, now: Date): Promise<Party> {
  const report = (state: CertificateState, problem?: string): Party => ({
    report: { name, state, isOurs: true, ...(problem !== undefined && { problem }) },
    authorities: [],
  });
  try {
    const files = await store.read(name, certificateFileNames);
    const missing = certificateFileNames.filter((file) => files[file] === undefined);
    if (missing.length === certificateFileNames.length) return report("missing");
    if (missing.length > 0) return report("incomplete", `${name}: ${missing.join(" and ")} missing`);
    return examine(name, text(files["tls.crt"]), text(files["tls.key"]), text(files["ca.crt"]), now);
  } catch (error) {
    return report("invalid", `${name}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function examine(
  name: CertificateName,
  certificatePem: string,
  keyPem: string,
  authorityPem: string,
  now: Date,
): Party {
  const certificate = parseBundle(certificatePem)[0];
  if (!certificate) throw new Error("tls.crt holds no certificate");
  const authorities = parseBundle(authorityPem);
  const fitsKey = certificate.checkPrivateKey(createPrivateKey(keyPem));
  const isSigned = isIssuedByAny(certificate, authorities);
  const isExpired = certificate.validToDate.getTime() <= now.getTime();
  const problem = !fitsKey
    ? `${name}: tls.key is not the key of tls.crt`
    : !isSigned
      ? `${name}: tls.crt is not signed by an authority in ca.crt`
      : isExpired
        ? `${name}: tls.crt ran out at ${certificate.validToDate.toISOString()}`
        : undefined;
  return {
    certificate,
    authorities,
    report: {
      name,
      state: !fitsKey || !isSigned ? "invalid" : isExpired ? "expired" : "good",
      isOurs: certificate.issuer === `CN=${authorityName}`,
      notBefore: certificate.validFromDate,
      notAfter: certificate.validToDate,
      ...(problem !== undefined && { problem }),
    },
  };
}

/** An own check of name and signature: with several authorities of one name in a bundle the name alone says nothing. */
function isIssuedByAny(certificate: X509Certificate, authorities: readonly X509Certificate[]): boolean {
  return authorities.some((authority) => certificate.checkIssued(authority) && certificate.verify(authority.publicKey));
}

async function inspectHmacSecret(store: CertificateStore): Promise<"missing" | "invalid" | "good"> {
  const files = await store.read("envoy-oidc-hmac", [hmacSecretFile]).catch(() => undefined);
  if (!files) return "invalid";
  const secret = files[hmacSecretFile];
  return secret === undefined ? "missing" : secret.length < hmacSecretBytes ? "invalid" : "good";
}

function text(content: Buffer | undefined): string {
  return content?.toString("utf8") ?? "";
}
