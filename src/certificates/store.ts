import { readFilesTogether, writeFilesTogether } from "./files.ts";
import { type CertificateName, certificateDirectory, hmacSecretDirectory } from "./layout.ts";

/** A party's certificate, or the key with which OIDC cookies are signed. */
export type PartName = CertificateName | "envoy-oidc-hmac";

/** Where certificates are kept: directories, or Secrets of a cluster. */
export interface CertificateStore {
  /** Files of one and the same version of a part; those that do not exist are `undefined`. */
  read<N extends string>(part: PartName, names: readonly N[]): Promise<Record<N, Buffer | undefined>>;
  /** Replaces files of a part at once; others of the part stay. */
  write(part: PartName, files: Readonly<Record<string, string | Uint8Array>>): Promise<void>;
}

/** Certificates in directories below `<configHome>/certs`. */
export function directoryStore(configHome: string): CertificateStore {
  const directoryOf = (part: PartName): string =>
    part === "envoy-oidc-hmac" ? hmacSecretDirectory(configHome) : certificateDirectory(configHome, part);
  return {
    read: (part, names) => readFilesTogether(directoryOf(part), names),
    write: (part, files) => writeFilesTogether(directoryOf(part), files),
  };
}
