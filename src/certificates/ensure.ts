import { randomBytes } from "node:crypto";
import { type CertificatesReport, inspectStore, parseBundle } from "./inspect.ts";
import { issueCertificates } from "./issue.ts";
import { type CertificateName, certificateNames, hmacSecretBytes, hmacSecretFile, hostModeNames } from "./layout.ts";
import { overlappingBundle } from "./rotation.ts";
import { type CertificateStore, directoryStore } from "./store.ts";

export interface EnsureOptions extends Omit<EnsureStoreOptions, "store"> {
  /** Directory under which `certs/` lies. */
  readonly configHome: string;
}

export interface EnsureStoreOptions {
  readonly store: CertificateStore;
  readonly now: Date;
  /** Replaces everything, whatever is there (`certgen --overwrite`). Default: false. */
  readonly overwrite?: boolean | undefined;
  /**
   * Certificates that are replaced go on being trusted, so that who reads the new files late can still be talked to. Default: false.
   */
  readonly keepsAuthorities?: boolean | undefined;
  /** Default: {@link hostModeNames}. */
  readonly dnsNames?: ((name: CertificateName) => readonly string[]) | undefined;
  /** Lifetime of what is made. Default: 5 years. */
  readonly lifetimeMs?: number | undefined;
}

/** What became of each part; `certs/envoy-oidc-hmac` is named `envoy-oidc-hmac`. */
export interface EnsureResult {
  readonly created: readonly string[];
  readonly kept: readonly string[];
  readonly replaced: readonly string[];
  /** Why certificates were replaced, or why they should be but were not touched because they are the user's own. */
  readonly problems: readonly string[];
}

/**
 * Makes what is missing and keeps what is good. The three certificates are one set: since their authority's key is not kept, a set
 * that is partial, expired or whose members do not trust each other is made anew as a whole. Certificates of a foreign authority
 * (issuer's CN other than `envoy-gateway`) are left alone and only reported.
 *
 * Throws when a file cannot be written.
 */
export function ensureCertificates({ configHome, ...options }: EnsureOptions): Promise<EnsureResult> {
  return ensureStore({ ...options, store: directoryStore(configHome) });
}

/** The same for certificates that are kept elsewhere. Rejects when the store cannot be written. */
export async function ensureStore(options: EnsureStoreOptions): Promise<EnsureResult> {
  const report = await inspectStore(options.store, options.now);
  const created: string[] = [];
  const kept: string[] = [];
  const replaced: string[] = [];
  const problems = problemsOf(report);

  const isForeign = report.certificates.some((certificate) => !certificate.isOurs);
  const isSound = problems.length === 0 && report.certificates.every((certificate) => certificate.state === "good");
  if (options.overwrite === true || (!isSound && !isForeign)) {
    await writeNewSet(options);
    for (const { name, state } of report.certificates) (state === "missing" ? created : replaced).push(name);
  } else {
    kept.push(...certificateNames);
  }

  if (options.overwrite === true || report.hmacSecret !== "good") {
    await options.store.write("envoy-oidc-hmac", { [hmacSecretFile]: randomBytes(hmacSecretBytes) });
    (report.hmacSecret === "missing" ? created : replaced).push("envoy-oidc-hmac");
  } else {
    kept.push("envoy-oidc-hmac");
  }
  return { created, kept, replaced, problems };
}

/** What is wrong with a set, a wholly missing one excepted. */
export function problemsOf(report: CertificatesReport): string[] {
  const missing = report.certificates
    .filter((certificate) => certificate.state === "missing")
    .map((certificate) => certificate.name);
  return [
    ...report.certificates.flatMap((certificate) => certificate.problem ?? []),
    ...report.mistrust,
    ...(missing.length > 0 && missing.length < certificateNames.length
      ? [`${missing.join(" and ")} missing beside certificates whose authority can sign no more`]
      : []),
  ];
}

async function writeNewSet(options: EnsureStoreOptions): Promise<void> {
  const { authority, certificates } = await issueCertificates({
    now: options.now,
    dnsNames: options.dnsNames ?? hostModeNames,
    lifetimeMs: options.lifetimeMs,
  });
  for (const [name, files] of certificates) {
    const authorities = options.keepsAuthorities ? await withFormer(authority, name, options) : authority;
    await options.store.write(name, { ...files, "ca.crt": authorities });
  }
}

/** The new authority, then the one in use; alone where what is there cannot be read, since then nobody uses that. */
async function withFormer(fresh: string, name: CertificateName, { store, now }: EnsureStoreOptions): Promise<string> {
  try {
    const former = await store.read(name, ["ca.crt", "tls.crt"]);
    return overlappingBundle(parseBundle(fresh), former["ca.crt"], former["tls.crt"], now);
  } catch {
    return fresh;
  }
}
