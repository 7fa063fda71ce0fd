import { X509Certificate } from "node:crypto";
import { readFile, rm, stat, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { ensureCertificates, problemsOf } from "./ensure.ts";
import { writeFilesTogether } from "./files.ts";
import { inspectCertificates } from "./inspect.ts";
import { issueCertificates } from "./issue.ts";
import {
  type CertificateName,
  certificateDirectory,
  certificateFileNames,
  certificateNames,
  hmacSecretDirectory,
  hostModeNames,
} from "./layout.ts";
import { allFiles, certificate, configHome, copyTemplate, day, now, path } from "./test-directory.ts";
import { handshake } from "./test-handshake.ts";

describe("the first start", { timeout: 30_000 }, () => {
  test("makes certificates with which the parties accept each other, for five years from a day ago", async () => {
    const result = await ensureCertificates({ configHome, now: new Date() });
    expect(result).toEqual({ created: [...certificateNames, "envoy-oidc-hmac"], kept: [], replaced: [], problems: [] });
    await handshake(configHome, "envoy", "envoy-gateway");
    await handshake(configHome, "envoy", "envoy-rate-limit");
    await handshake(configHome, "envoy-rate-limit", "envoy-gateway");

    const authority = new X509Certificate(await readFile(path("envoy", "ca.crt")));
    expect(authority.subject).toBe("CN=envoy-gateway");
    expect(authority.publicKey.asymmetricKeyDetails?.modulusLength).toBe(2048);
    const server = await certificate("envoy-gateway");
    expect(server.subjectAltName).toContain("DNS:localhost");
    expect((server.validToDate.getTime() - server.validFromDate.getTime()) / day).toBe(5 * 365 + 1);
  });

  test("gives files and directories to their owner only, and 32 random bytes as the cookie key", async () => {
    await copyTemplate();
    for (const name of certificateNames) {
      expect((await stat(certificateDirectory(configHome, name))).mode & 0o777).toBe(0o700);
      for (const file of certificateFileNames) expect((await stat(path(name, file))).mode & 0o777).toBe(0o600);
    }
    expect((await stat(join(hmacSecretDirectory(configHome), "hmac-secret"))).size).toBe(32);
  });
});

describe("a later start", { timeout: 30_000 }, () => {
  beforeEach(copyTemplate);

  test("keeps everything", async () => {
    const before = await allFiles();
    const result = await ensureCertificates({ configHome, now });
    expect(result).toMatchObject({ created: [], replaced: [], kept: [...certificateNames, "envoy-oidc-hmac"] });
    expect(await allFiles()).toBe(before);
  });

  test("replaces everything when told to overwrite", async () => {
    const keys = certificateNames.map(async (name) => [name, await readFile(path(name, "tls.key"), "utf8")] as const);
    const secret = (await readFile(join(hmacSecretDirectory(configHome), "hmac-secret"))).toString("hex");
    const before = { ...(Object.fromEntries(await Promise.all(keys)) as Record<CertificateName, string>), secret };
    const result = await ensureCertificates({ configHome, now, overwrite: true });
    expect(result.replaced).toEqual([...certificateNames, "envoy-oidc-hmac"]);
    const after = await allFiles();
    expect([...certificateNames.map((name) => before[name]), before.secret].some((part) => after.includes(part))).toBe(
      false,
    );
  });

  test("makes a lost cookie key alone", async () => {
    const before = await readFile(path("envoy", "tls.crt"), "utf8");
    await rm(hmacSecretDirectory(configHome), { recursive: true });
    expect(await ensureCertificates({ configHome, now })).toMatchObject({
      created: ["envoy-oidc-hmac"],
      kept: certificateNames,
    });
    expect(await readFile(path("envoy", "tls.crt"), "utf8")).toBe(before);
  });

  test("makes a set anew of which one certificate is lost, since its authority cannot sign another", async () => {
    await rm(certificateDirectory(configHome, "envoy-rate-limit"), { recursive: true });
    const result = await ensureCertificates({ configHome, now });
    expect(result).toMatchObject({ created: ["envoy-rate-limit"], replaced: ["envoy-gateway", "envoy"] });
    expect(result.problems).toEqual(["envoy-rate-limit missing beside certificates whose authority can sign no more"]);
    expect(problemsOf(await inspectCertificates(configHome, now))).toEqual([]);
  });

  test("makes a set anew in which a file is lost, a key is another's, or the parties do not trust each other", async () => {
    await unlink(path("envoy", "tls.key"));
    expect(problemsOf(await inspectCertificates(configHome, now))).toEqual(["envoy: tls.key missing"]);

    await writeFilesTogether(certificateDirectory(configHome, "envoy"), {
      "tls.key": await readFile(path("envoy-gateway", "tls.key")),
    });
    expect(problemsOf(await inspectCertificates(configHome, now))).toEqual([
      "envoy: tls.key is not the key of tls.crt",
    ]);

    const { certificates } = await issueCertificates({ now, dnsNames: hostModeNames });
    const foreign = certificates.get("envoy");
    await writeFilesTogether(certificateDirectory(configHome, "envoy"), { ...foreign });
    const { problems, replaced } = await ensureCertificates({ configHome, now: new Date() });
    expect(problems).toContain("envoy-gateway/ca.crt does not contain the authority that signed envoy/tls.crt");
    expect(replaced).toEqual(certificateNames);
    await handshake(configHome, "envoy", "envoy-gateway");
  });

  test("makes a set anew that has run out", async () => {
    const inSixYears = new Date(now.getTime() + 6 * 365 * day);
    const result = await ensureCertificates({ configHome, now: inSixYears });
    expect(result.replaced).toEqual(certificateNames);
    expect((await inspectCertificates(configHome, inSixYears)).certificates.map((c) => c.state)).toEqual([
      "good",
      "good",
      "good",
    ]);
  });

  const unreadable = ["ca.crt", "tls.crt"].flatMap((file) => [true, false].map((keeps) => [file, keeps] as const));
  test.each(unreadable)("reports an unreadable %s and repairs it, authorities kept: %s", async (file, keeps) => {
    await unlink(path("envoy", file));
    await writeFile(path("envoy", file), "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    expect((await inspectCertificates(configHome, now)).certificates.find((c) => c.name === "envoy")?.state).toBe(
      "invalid",
    );
    await ensureCertificates({ configHome, now, keepsAuthorities: keeps });
    expect((await inspectCertificates(configHome, now)).certificates.every((c) => c.state === "good")).toBe(true);
  });
});
