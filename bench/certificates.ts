/** Certificates for very many hostnames: one authority, and a few keys that they share, as making keys would take longest. */
import "reflect-metadata";
import { webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";

/** A certificate and its private key as PEM, and the number that tells it from others. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
  /** Upper-case hexadecimal, as `getPeerCertificate()` of Node has it. */
  readonly serialNumber: string;
}

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const keyCount = 4;
const dayMs = 86_400_000;

/** Issues server certificates (ECDSA P-256), each with one DNS name and a serial number of its own. */
export class Authority {
  readonly #keys: webcrypto.CryptoKeyPair;
  readonly #shared: readonly SharedKey[];
  readonly #validity = { notBefore: new Date(Date.now() - dayMs), notAfter: new Date(Date.now() + 30 * dayMs) };
  #issued = 0;

  private constructor(keys: webcrypto.CryptoKeyPair, shared: readonly SharedKey[]) {
    this.#keys = keys;
    this.#shared = shared;
  }

  static async create(): Promise<Authority> {
    x509.cryptoProvider.set(webcrypto);
    return new Authority(await newKeys(), await Promise.all(Array.from({ length: keyCount }, newSharedKey)));
  }

  async issue(hostname: string): Promise<Certificate> {
    const number = ++this.#issued;
    const shared = this.#shared[number % keyCount];
    if (shared === undefined) throw new Error("an authority has no keys");
    // The leading 10 keeps the number positive and of the same length in DER, so that it is read back as it was written.
    const serialNumber = `10${number.toString(16).toUpperCase().padStart(8, "0")}`;
    const certificate = await x509.X509CertificateGenerator.create({
      ...this.#validity,
      serialNumber,
      subject: `CN=${hostname}`,
      issuer: "CN=bench authority",
      publicKey: shared.publicKey,
      signingKey: this.#keys.privateKey,
      signingAlgorithm: algorithm,
      extensions: [new x509.SubjectAlternativeNameExtension([{ type: "dns", value: hostname }])],
    });
    return { cert: `${certificate.toString("pem")}\n`, key: shared.pem, serialNumber };
  }
}

interface SharedKey {
  readonly publicKey: webcrypto.CryptoKey;
  readonly pem: string;
}

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
}

async function newSharedKey(): Promise<SharedKey> {
  const { publicKey, privateKey } = await newKeys();
  const der = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", privateKey));
  return { publicKey, pem: `${x509.PemConverter.encode(der, "PRIVATE KEY")}\n` };
}
