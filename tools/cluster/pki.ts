/** Certificates of a cluster, made anew each time it is created. */
import { generateKeyPairSync, randomBytes, webcrypto } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ClusterAddresses } from "./addresses.ts";
import { nodeName } from "./node/settings.ts";

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const lifetimeMs = 365 * 24 * 3_600_000;
const clockSkewMs = 24 * 3_600_000;

/** A party: its certificate is `<name>.crt` with `<name>.key`. Kubernetes takes user and group from the subject. */
interface Party {
  readonly subject: string;
  readonly dnsNames?: readonly string[];
  readonly addresses?: readonly string[];
}

function partiesOf({ node, apiService }: ClusterAddresses): Readonly<Record<string, Party>> {
  const service = ["kubernetes", "kubernetes.default", "kubernetes.default.svc"];
  return {
    apiserver: {
      subject: "CN=kube-apiserver",
      dnsNames: [...service, "kubernetes.default.svc.cluster.local", "localhost"],
      addresses: ["127.0.0.1", node, apiService],
    },
    "kubelet-server": { subject: `CN=${nodeName}`, dnsNames: [nodeName], addresses: [node] },
    kubelet: { subject: `O=system:nodes, CN=system:node:${nodeName}` },
    "kubelet-client": { subject: "O=system:masters, CN=kube-apiserver-kubelet-client" },
    admin: { subject: "O=system:masters, CN=admin" },
    "controller-manager": { subject: "CN=system:kube-controller-manager" },
    scheduler: { subject: "CN=system:kube-scheduler" },
    proxy: { subject: "CN=system:kube-proxy" },
  };
}

/**
 * Writes into the folder: `ca.crt`, `ca.key`; a certificate and a key for each party, good for both ends of a connection; and
 * `service-accounts.key` and `.pub`, which sign the tokens of pods.
 */
export async function writeCertificates(addresses: ClusterAddresses, folder: string): Promise<void> {
  await import("reflect-metadata");
  const x509 = await import("@peculiar/x509");
  x509.cryptoProvider.set(webcrypto);
  const generate = (): Promise<webcrypto.CryptoKeyPair> =>
    webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]) as Promise<webcrypto.CryptoKeyPair>;
  const validity = { notBefore: new Date(Date.now() - clockSkewMs), notAfter: new Date(Date.now() + lifetimeMs) };
  const caKeys = await generate();
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    ...validity,
    serialNumber: serialNumber(),
    name: "CN=cluster",
    keys: caKeys,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(caKeys.publicKey),
    ],
  });
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const write = (name: string, text: string): void => writeFileSync(join(folder, name), text, { mode: 0o600 });
  write("ca.crt", `${ca.toString("pem")}\n`);
  write("ca.key", await keyPem(caKeys.privateKey));
  const { clientAuth, serverAuth } = x509.ExtendedKeyUsage;
  for (const [name, { subject, dnsNames = [], addresses: ips = [] }] of Object.entries(partiesOf(addresses))) {
    const keys = await generate();
    const alternatives = [
      ...dnsNames.map((value) => ({ type: "dns" as const, value })),
      ...ips.map((value) => ({ type: "ip" as const, value })),
    ];
    const certificate = await x509.X509CertificateGenerator.create({
      ...validity,
      serialNumber: serialNumber(),
      subject,
      issuer: ca.subject,
      publicKey: keys.publicKey,
      signingKey: caKeys.privateKey,
      signingAlgorithm: algorithm,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.ExtendedKeyUsageExtension([clientAuth, serverAuth]),
        ...(alternatives.length > 0 ? [new x509.SubjectAlternativeNameExtension(alternatives)] : []),
        await x509.AuthorityKeyIdentifierExtension.create(caKeys.publicKey),
      ],
    });
    write(`${name}.crt`, `${certificate.toString("pem")}\n`);
    write(`${name}.key`, await keyPem(keys.privateKey));
  }
  const tokens = generateKeyPairSync("rsa", { modulusLength: 2048 });
  write("service-accounts.key", tokens.privateKey.export({ type: "pkcs8", format: "pem" }).toString());
  write("service-accounts.pub", tokens.publicKey.export({ type: "spki", format: "pem" }).toString());
}

/** 16 random bytes; the first bits make the number positive and leave no zero in front. */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString("hex");
}

/** PEM of PKCS #8. */
async function keyPem(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", key)).toString("base64");
  const lines = der.match(/.{1,64}/g) ?? [];
  return `-----BEGIN PRIVATE KEY-----\n${lines.join("\n")}\n-----END PRIVATE KEY-----\n`;
}
