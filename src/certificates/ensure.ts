import { randomBytes } from "node:crypto";
import { writeFilesTogether } from "./files.ts";
import { type CertificatesReport, inspectCertificates } from "./inspect.ts";
import { issueCertificates } from "./issue.ts";
import {
  type CertificateName,
  certificateDirectory,
  certificateNames,
  hmacSecretBytes,
  hmacSecretDirectory,
  hmacSecretFile,
  hostModeNames,
} from "./layout.ts";

export interface EnsureOptions {
  /** Directory under which `certs/` lies. */
  readonly configHome: string;
  readonly now: Date;
  /** Replaces everything, whatever is there (`certgen --overwrite`). Default: false. */
  readonly overwrite?: boolean | undefined;
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
export async function ensureCertificates(options: EnsureOptions): Promise<EnsureResult> {
  const report = await inspectCertificates(options.configHome, options.now);
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
    await writeFilesTogether(hmacSecretDirectory(options.configHome), {
      [hmacSecretFile]: randomBytes(hmacSecretBytes),
    });
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

async function writeNewSet(options: EnsureOptions): Promise<void> {
  const { certificates } = await issueCertificates({
    now: options.now,
    dnsNames: options.dnsNames ?? hostModeNames,
    lifetimeMs: options.lifetimeMs,
  });
  for (const [name, files] of certificates)
    await writeFilesTogether(certificateDirectory(options.configHome, name), { ...files });
}
