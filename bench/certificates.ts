/**
 * Certificates for very many hostnames: one authority, and a few keys that they share. They are written as DER right here (RFC 5280, 4.1),
 * as that takes a thirtieth of the time that a library needs.
 */
import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";

/** A certificate and its private key as PEM, and the number that tells it from others. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
  /** Upper-case hexadecimal, as `getPeerCertificate()` of Node has it. */
  readonly serialNumber: string;
}

const keyCount = 4;
const dayMs = 86_400_000;

/** Issues server certificates (ECDSA P-256), each with one DNS name and a serial number of its own. */
export class Authority {
  readonly #key = newKeys().privateKey;
  readonly #shared = Array.from({ length: keyCount }, newSharedKey);
  readonly #validity = sequence(time(Date.now() - dayMs), time(Date.now() + 30 * dayMs));
  #issued = 0;

  /** A certificate for one hostname, at most 64 characters long. */
  issue(hostname: string): Certificate {
    const number = ++this.#issued;
    const shared = this.#shared[number % keyCount];
    if (shared === undefined) throw new Error("an authority has no keys");
    // The leading 10 keeps the number positive and of the same length in DER, so that it is read back as it was written.
    const serialNumber = `10${number.toString(16).toUpperCase().padStart(8, "0")}`;
    const signed = sequence(
      der(0xa0, der(tags.integer, Buffer.from([2]))),
      der(tags.integer, Buffer.from(serialNumber, "hex")),
      ecdsaWithSha256,
      commonName("bench authority"),
      this.#validity,
      commonName(hostname),
      shared.publicKey,
      der(0xa3, sequence(subjectAltName(hostname))),
    );
    const signature = sign("sha256", signed, this.#key);
    const cert = pem("CERTIFICATE", sequence(signed, ecdsaWithSha256, der(tags.bits, zero, signature)));
    return { cert, key: shared.pem, serialNumber };
  }
}

/** Tags of X.690 that are used here. */
const tags = { integer: 0x02, bits: 0x03, octets: 0x04, oid: 0x06, utf8: 0x0c, time: 0x17, sequence: 0x30, set: 0x31 };
/** Says before the content of a bit string that no bits of its last byte are unused. */
const zero = Buffer.from([0]);
/** 1.2.840.10045.4.3.2 */
const ecdsaWithSha256 = sequence(der(tags.oid, Buffer.from("2a8648ce3d040302", "hex")));

/** A value: its tag, its length, and its parts one after the other. */
function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return der(tags.sequence, ...parts);
}

/** `CN=<name>`; 2.5.4.3. */
function commonName(name: string): Buffer {
  const type = der(tags.oid, Buffer.from("550403", "hex"));
  return sequence(der(tags.set, sequence(type, der(tags.utf8, Buffer.from(name)))));
}

/** The extension 2.5.29.17 with one DNS name. */
function subjectAltName(hostname: string): Buffer {
  const names = sequence(der(0x82, Buffer.from(hostname)));
  return sequence(der(tags.oid, Buffer.from("551d11", "hex")), der(tags.octets, names));
}

/** A moment in ms after 1970 as UTCTime, which ends with 2049. */
function time(at: number): Buffer {
  return der(tags.time, Buffer.from(`${new Date(at).toISOString().replaceAll(/[-:T]/g, "").slice(2, 14)}Z`));
}

interface SharedKey {
  /** As a certificate has it: SubjectPublicKeyInfo. */
  readonly publicKey: Buffer;
  readonly pem: string;
}

function newKeys(): { readonly publicKey: KeyObject; readonly privateKey: KeyObject } {
  return generateKeyPairSync("ec", { namedCurve: "P-256" });
}

function newSharedKey(): SharedKey {
  const { publicKey, privateKey } = newKeys();
  return {
    publicKey: publicKey.export({ type: "spki", format: "der" }),
    pem: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

function pem(label: string, content: Buffer): string {
  const lines = content.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}
