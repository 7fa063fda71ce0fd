import { createPrivateKey, X509Certificate } from "node:crypto";
import { type FSWatcher, readFileSync, watch } from "node:fs";
import { dirname } from "node:path";
import type { SecureContextOptions } from "node:tls";
import { ServerCredentials } from "@grpc/grpc-js";

/** PEM files of the server; read again whenever they change, so that certificates rotate without a restart. */
export interface TlsFiles {
  /** The server's certificate chain. */
  readonly certFile: string;
  readonly keyFile: string;
  /** Certificates of the authorities that sign Envoys' certificates; during a change of authority, both. */
  readonly caFile: string;
}

/** The same as PEM text, fixed for the server's life. */
export interface TlsMaterial {
  readonly cert: string | Buffer;
  readonly key: string | Buffer;
  readonly ca: string | Buffer;
}

/** Files may lie on a file system that tells of no changes. */
const rereadMs = 60_000;
/** Certificate and key are replaced one after the other; between the two they do not match. */
const settleMs = 50;

/**
 * TLS 1.3 with a client certificate that the authority has signed; without one the handshake fails. Files that cannot
 * be read, or a key that does not fit its certificate, leave what was in use before and are told to `onProblem`.
 * Throws when the first reading fails.
 */
export class MutualTlsCredentials extends ServerCredentials {
  readonly #source: TlsFiles | TlsMaterial;
  readonly #onProblem: (message: string) => void;
  readonly #watchers: FSWatcher[] = [];
  readonly #interval: NodeJS.Timeout | undefined;
  #settling: NodeJS.Timeout | undefined;
  #current: TlsMaterial;

  /** Without `asksClients` clients show no certificate: somebody else finds out who they are. */
  constructor(source: TlsFiles | TlsMaterial, onProblem: (message: string) => void, asksClients = true) {
    const material = read(source);
    super({ requestCert: asksClients, rejectUnauthorized: asksClients }, contextOf(material));
    this.#source = source;
    this.#onProblem = onProblem;
    this.#current = material;
    if (!("certFile" in source)) return;
    for (const directory of new Set([source.certFile, source.keyFile, source.caFile].map(dirname))) {
      this.#watchers.push(watch(directory, { persistent: false }, () => this.#reloadSoon()));
    }
    for (const watcher of this.#watchers) watcher.on("error", (error) => onProblem(error.message));
    this.#interval = setInterval(() => this.reload(), rereadMs).unref();
  }

  /** Reads the files now and uses them for handshakes from now on. */
  reload(): void {
    try {
      const material = read(this.#source);
      if (isSame(material, this.#current)) return;
      this.#current = material;
      this.updateSecureContextOptions(contextOf(material));
    } catch (error) {
      this.#onProblem(
        `xDS server certificates are not used: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }

  /** Ends the watching of files. */
  close(): void {
    for (const watcher of this.#watchers) watcher.close();
    clearInterval(this.#interval);
    clearTimeout(this.#settling);
  }

  override _equals(other: ServerCredentials): boolean {
    return other === this;
  }

  #reloadSoon(): void {
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => this.reload(), settleMs).unref();
  }
}

function read(source: TlsFiles | TlsMaterial): TlsMaterial {
  const material =
    "certFile" in source
      ? { cert: readFileSync(source.certFile), key: readFileSync(source.keyFile), ca: readFileSync(source.caFile) }
      : source;
  const certificate = new X509Certificate(material.cert);
  if (!certificate.checkPrivateKey(createPrivateKey(material.key)))
    throw new Error("the key does not fit the certificate");
  new X509Certificate(material.ca);
  return material;
}

/** `minVersion` belongs to the context: a context without it falls back to Node's default of TLS 1.2. */
function contextOf({ cert, key, ca }: TlsMaterial): SecureContextOptions {
  return { cert, key, ca, minVersion: "TLSv1.3" };
}

function isSame(one: TlsMaterial, other: TlsMaterial): boolean {
  return (
    String(one.cert) === String(other.cert) &&
    String(one.key) === String(other.key) &&
    String(one.ca) === String(other.ca)
  );
}
