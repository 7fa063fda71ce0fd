import { join } from "node:path";

/**
 * The certificates with which our own parts recognise each other, and where they lie. They protect the connections between control
 * plane, Envoys and the rate limit service; they have nothing to do with the certificates of users' listeners.
 */

/** Who presents a certificate: the control plane, an Envoy, the rate limit service. */
export type CertificateName = "envoy-gateway" | "envoy" | "envoy-rate-limit";

export const certificateNames: readonly CertificateName[] = ["envoy-gateway", "envoy", "envoy-rate-limit"];

/** Common name of every certification authority we make; a certificate issued by another is the user's own and never replaced. */
export const authorityName = "envoy-gateway";

/** What one party holds, as PEM texts. */
export interface CertificateFiles {
  /** Authorities whose certificates this party trusts: the newest first, during a rotation also the one before it. */
  readonly "ca.crt": string;
  readonly "tls.crt": string;
  /** PKCS #8. */
  readonly "tls.key": string;
}

export const certificateFileNames = ["ca.crt", "tls.crt", "tls.key"] as const;

/** Directory of all certificates: `<configHome>/certs`. */
export function certificateHome(configHome: string): string {
  return join(configHome, "certs");
}

/** Directory of one party's certificate: `<configHome>/certs/<name>`. */
export function certificateDirectory(configHome: string, name: CertificateName): string {
  return join(certificateHome(configHome), name);
}

/** Directory of the key with which OIDC cookies are signed; the file in it is `hmac-secret` (32 random bytes). */
export function hmacSecretDirectory(configHome: string): string {
  return join(certificateHome(configHome), "envoy-oidc-hmac");
}

export const hmacSecretFile = "hmac-secret";
export const hmacSecretBytes = 32;

/**
 * Host names of a party's certificate on a single machine. `localhost` is what an Envoy expects of the control plane there; the
 * party's own name makes certificates tell apart in a log.
 */
export function hostModeNames(name: CertificateName): readonly string[] {
  return ["localhost", name];
}
