import type { X509Certificate } from "node:crypto";
import { readFilesTogether, writeFilesTogether } from "./files.ts";
import { inspectCertificates, parseBundle } from "./inspect.ts";
import { issueCertificates } from "./issue.ts";
import { type CertificateName, certificateDirectory, certificateNames, hostModeNames } from "./layout.ts";

/** Time as rotation sees it; tests pass their own. */
export interface RotationClock {
  now(): Date;
  /** Resolves after `ms`, or at once when `signal` is aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

export interface RotationOptions {
  readonly configHome: string;
  readonly clock: RotationClock;
  /** Renew when less than this is left. Default: a third of the certificate's lifetime. */
  readonly renewBeforeMs?: number | undefined;
  /** Time from the announcement of the new authority until certificates of it are used. Default: 10 s. */
  readonly overlapMs?: number | undefined;
  /** Time between two looks at the certificates. Default: 1 h. */
  readonly checkEveryMs?: number | undefined;
  readonly dnsNames?: ((name: CertificateName) => readonly string[]) | undefined;
  readonly lifetimeMs?: number | undefined;
  readonly onRenewed?: ((notAfter: Date) => void) | undefined;
  readonly onFailed?: ((error: unknown) => void) | undefined;
}

const defaultOverlapMs = 10_000;
const defaultCheckEveryMs = 3_600_000;

/** When the certificates should be renewed; `undefined` when they are not ours or cannot be judged (then `ensureCertificates` acts). */
export async function renewalTime(
  options: Pick<RotationOptions, "configHome" | "clock" | "renewBeforeMs">,
): Promise<Date | undefined> {
  const report = await inspectCertificates(options.configHome, options.clock.now());
  const times: number[] = [];
  for (const { state, isOurs, notBefore, notAfter } of report.certificates) {
    if (!isOurs || !notBefore || !notAfter || (state !== "good" && state !== "expired")) return undefined;
    const lifetime = notAfter.getTime() - notBefore.getTime();
    times.push(notAfter.getTime() - (options.renewBeforeMs ?? lifetime / 3));
  }
  return times.length > 0 ? new Date(Math.min(...times)) : undefined;
}

/**
 * Replaces all certificates so that no connection is refused meanwhile: first every party's `ca.crt` gets the new authority in
 * front of the old ones, then, after `overlapMs`, every party gets its new certificate. The old authority stays in `ca.crt` until
 * the next rotation, for a party that reads its files late. Interrupted after the first step, the next call begins again; the
 * authority nobody used does no harm, its key is gone.
 *
 * Returns when the new certificates run out. An abort between the steps ends the rotation after the first.
 */
export async function rotateCertificates(options: RotationOptions, signal: AbortSignal): Promise<Date | undefined> {
  const now = options.clock.now();
  const issued = await issueCertificates({
    now,
    dnsNames: options.dnsNames ?? hostModeNames,
    lifetimeMs: options.lifetimeMs,
  });
  const newAuthority = parseBundle(issued.authority);
  const bundles = new Map<CertificateName, string>();
  for (const name of certificateNames) {
    const directory = certificateDirectory(options.configHome, name);
    const former = await readFilesTogether(directory, ["ca.crt", "tls.crt"]);
    const bundle = overlappingBundle(newAuthority, former["ca.crt"], former["tls.crt"], now);
    bundles.set(name, bundle);
    await writeFilesTogether(directory, { "ca.crt": bundle });
  }
  await options.clock.sleep(options.overlapMs ?? defaultOverlapMs, signal);
  if (signal.aborted) return undefined;
  for (const [name, files] of issued.certificates) {
    const directory = certificateDirectory(options.configHome, name);
    await writeFilesTogether(directory, { ...files, "ca.crt": bundles.get(name) ?? files["ca.crt"] });
  }
  return newAuthority[0]?.validToDate;
}

/**
 * Renews certificates in time for as long as `signal` is not aborted. A failure (a full disk, say) is reported and tried again at
 * the next look: with the default there are years of looks before the old certificates run out.
 */
export async function keepCertificatesFresh(options: RotationOptions, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      const due = await renewalTime(options);
      if (due && due.getTime() <= options.clock.now().getTime()) {
        const notAfter = await rotateCertificates(options, signal);
        if (notAfter) options.onRenewed?.(notAfter);
      }
    } catch (error) {
      options.onFailed?.(error);
    }
    await options.clock.sleep(options.checkEveryMs ?? defaultCheckEveryMs, signal);
  }
}

/** The new authority, then the one that signed the certificate in use, as long as it is valid. */
export function overlappingBundle(
  fresh: readonly X509Certificate[],
  bundle: Buffer | undefined,
  leaf: Buffer | undefined,
  now: Date,
): string {
  const inUse = leaf ? parseBundle(leaf.toString("utf8"))[0] : undefined;
  const former = parseBundle(bundle?.toString("utf8") ?? "").filter(
    (authority) =>
      authority.validToDate.getTime() > now.getTime() &&
      (inUse === undefined || (inUse.checkIssued(authority) && inUse.verify(authority.publicKey))),
  );
  return [...fresh, ...former].map((certificate) => `${certificate.toString().trim()}\n`).join("");
}
