import { randomBytes, webcrypto } from "node:crypto";
import { authorityName, type CertificateFiles, type CertificateName, certificateNames } from "./layout.ts";

/** Lifetime of authority and certificates: 5 years, as the original's. */
export const lifetimeMs = 5 * 365 * 24 * 3_600_000;

/** Certificates are valid from a day before they are made, so that a peer whose clock is behind accepts them. */
const clockSkewMs = 24 * 3_600_000;

const algorithm = {
  name: "RSASSA-PKCS1-v1_5",
  hash: "SHA-256",
  modulusLength: 2048,
  publicExponent: new Uint8Array([1, 0, 1]),
};

export interface IssueOptions {
  readonly now: Date;
  /** Host names (DNS subject alternative names) of each party's certificate. */
  readonly dnsNames: (name: CertificateName) => readonly string[];
  /** Default: {@link lifetimeMs}. */
  readonly lifetimeMs?: number | undefined;
}

/** One new authority and a certificate of it for every party. */
export interface IssuedCertificates {
  readonly authority: string;
  readonly certificates: ReadonlyMap<CertificateName, CertificateFiles>;
}

/**
 * Makes a new authority (RSA 2048, CN `envoy-gateway`) and signs one certificate for each party with it.
 *
 * The authority's private key is forgotten at once: whoever reads the files later can pose as one party, not issue for all.
 * The price is that certificates are always renewed together, see {@link ./rotation.ts}.
 * The four keys are made side by side on Node's thread pool; the library is loaded only when it is needed.
 */
export async function issueCertificates(options: IssueOptions): Promise<IssuedCertificates> {
  const [x509, authorityKeys, ...leafKeys] = await Promise.all([
    loadX509(),
    generateKeys(),
    ...certificateNames.map(generateKeys),
  ]);
  x509.cryptoProvider.set(webcrypto);
  const validity = {
    notBefore: new Date(options.now.getTime() - clockSkewMs),
    notAfter: new Date(options.now.getTime() + (options.lifetimeMs ?? lifetimeMs)),
  };
  const authority = await x509.X509CertificateGenerator.createSelfSigned({
    ...validity,
    serialNumber: serialNumber(),
    name: `CN=${authorityName}`,
    keys: authorityKeys,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(authorityKeys.publicKey),
    ],
  });
  const authorityPem = `${authority.toString("pem")}\n`;

  const issue = async (name: CertificateName, keys: webcrypto.CryptoKeyPair): Promise<CertificateFiles> => {
    const certificate = await x509.X509CertificateGenerator.create({
      ...validity,
      serialNumber: serialNumber(),
      subject: `CN=${name}`,
      issuer: authority.subject,
      publicKey: keys.publicKey,
      signingKey: authorityKeys.privateKey,
      signingAlgorithm: algorithm,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(leafUsages(x509.KeyUsageFlags), true),
        new x509.SubjectAlternativeNameExtension(options.dnsNames(name).map((value) => ({ type: "dns", value }))),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
        await x509.AuthorityKeyIdentifierExtension.create(authorityKeys.publicKey),
      ],
    });
    return {
      "ca.crt": authorityPem,
      "tls.crt": `${certificate.toString("pem")}\n`,
      "tls.key": await privateKeyPem(keys.privateKey),
    };
  };
  const entries = certificateNames.map(async (name, i) => {
    const keys = leafKeys[i];
    if (!keys) throw new Error(`no key for ${name}`);
    return [name, await issue(name, keys)] as const;
  });
  return { authority: authorityPem, certificates: new Map(await Promise.all(entries)) };
}

function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
}

function leafUsages(flags: typeof import("@peculiar/x509").KeyUsageFlags): number {
  return flags.digitalSignature | flags.nonRepudiation | flags.keyEncipherment | flags.dataEncipherment;
}

/** 16 random bytes, the first bit zero so that the number is positive in DER. */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString("hex");
}

async function privateKeyPem(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", key));
  const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN PRIVATE KEY-----\n${lines.join("\n")}\n-----END PRIVATE KEY-----\n`;
}

/** The library registers its algorithms through decorators, which need this polyfill to be there first. */
async function loadX509(): Promise<typeof import("@peculiar/x509")> {
  await import("reflect-metadata");
  return import("@peculiar/x509");
}
