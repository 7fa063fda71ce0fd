import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { issueCertificates } from "../../certificates/issue.ts";
import { CertificateExpiry } from "./certificate-expiry.ts";

const now = new Date("2026-03-01T12:00:00Z");
const inDays = (days: number): Date => new Date(now.getTime() + days * 86_400_000);

interface Mounted {
  readonly certificate: string;
  readonly authority: string;
}
let soon: Mounted;
let late: Mounted;
let directory: string;
let expiry: CertificateExpiry | undefined;
let known: Date | undefined;
let warnings: Date[];

async function issue(days: number): Promise<Mounted> {
  const lifetimeMs = days * 86_400_000;
  const { authority, certificates } = await issueCertificates({ now, lifetimeMs, dnsNames: () => ["envoy-gateway"] });
  return { authority, certificate: String(certificates.get("envoy-gateway")?.["tls.crt"]) };
}

beforeAll(async () => {
  [soon, late] = await Promise.all([issue(20), issue(90)]);
});
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "expiry-"));
  known = undefined;
  warnings = [];
});
afterEach(() => {
  expiry?.close();
  rmSync(directory, { recursive: true });
});

function write(certificate: string, authorities: string): void {
  writeFileSync(join(directory, "ca.crt"), authorities);
  writeFileSync(join(directory, "tls.crt"), certificate);
}

function watch(): void {
  expiry = new CertificateExpiry({
    directory,
    clock: () => now,
    onExpiry: (date) => {
      known = date;
    },
    onNear: (date) => warnings.push(date),
  });
}

test("who has 90 days is not warned, and a former authority that runs out sooner is of no matter", () => {
  write(late.certificate, late.authority + soon.authority);
  watch();
  expect(known).toEqual(inDays(90));
  expect(warnings).toEqual([]);
});

test("who has 20 days is warned, until new certificates are mounted", async () => {
  write(soon.certificate, soon.authority);
  watch();
  expect(warnings).toEqual([inDays(20)]);
  write(late.certificate, late.authority + soon.authority);
  await vi.waitFor(() => expect(known).toEqual(inDays(90)), { timeout: 20_000 });
});

test("an authority that runs out before the certificate is what counts", () => {
  write(late.certificate, soon.authority);
  watch();
  expect(warnings).toEqual([inDays(20)]);
});
