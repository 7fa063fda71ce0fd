/**
 * A certificate directory of its own for each test of the file that imports this, and short words for what lies in it. Importing
 * it registers the hooks that make and remove the directory.
 */
import { X509Certificate } from "node:crypto";
import { cp, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";
import { ensureCertificates } from "./ensure.ts";
import {
  type CertificateName,
  certificateDirectory,
  certificateFileNames,
  certificateNames,
  hmacSecretDirectory,
} from "./layout.ts";

/** The time at which the template was made. */
export const now = new Date("2026-03-01T12:00:00Z");
/** Milliseconds of a day. */
export const day = 24 * 3_600_000;
/** The directory of the running test, empty at first. */
export let configHome: string;
/** Keys cost much time to make, so most tests begin with a copy of certificates made once, valid for 90 days. */
let template: string;

beforeAll(async () => {
  template = await mkdtemp(join(tmpdir(), "eg-certs-"));
  await ensureCertificates({ configHome: template, now, lifetimeMs: 89 * day });
});
afterAll(() => rm(template, { recursive: true, force: true }));
beforeEach(async () => {
  configHome = await mkdtemp(join(tmpdir(), "eg-certs-"));
});
afterEach(() => rm(configHome, { recursive: true, force: true }));

/** Puts valid certificates into the directory. */
export function copyTemplate(): Promise<void> {
  return cp(template, configHome, { recursive: true, verbatimSymlinks: true });
}

/** Path of a certificate's file. */
export function path(name: CertificateName, file: string): string {
  return join(certificateDirectory(configHome, name), file);
}

/** The certificate as it is now. */
export async function certificate(name: CertificateName): Promise<X509Certificate> {
  return new X509Certificate(await readFile(path(name, "tls.crt")));
}

/** Contents of all files, to compare. */
export async function allFiles(): Promise<string> {
  const contents: string[] = [];
  for (const name of certificateNames)
    for (const file of certificateFileNames) contents.push(await readFile(path(name, file), "utf8"));
  contents.push((await readFile(join(hmacSecretDirectory(configHome), "hmac-secret"))).toString("hex"));
  return contents.join("\n");
}
