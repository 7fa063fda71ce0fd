import { readFile, unlink } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { ensureCertificates } from "./ensure.ts";
import { readFilesTogether, writeFilesTogether } from "./files.ts";
import { inspectCertificates, parseBundle } from "./inspect.ts";
import {
  type CertificateName,
  certificateDirectory,
  certificateFileNames,
  certificateNames,
  hostModeNames,
} from "./layout.ts";
import { keepCertificatesFresh, type RotationClock, renewalTime, rotateCertificates } from "./rotation.ts";
import { allFiles, certificate, configHome, copyTemplate, day, now, path } from "./test-directory.ts";
import { handshake } from "./test-handshake.ts";

describe("renewal", { timeout: 30_000 }, () => {
  test("is due when a third of the lifetime is left, or as configured", async () => {
    await copyTemplate();
    const clock = { now: () => now, sleep: async () => undefined };
    expect(await renewalTime({ configHome, clock })).toEqual(new Date(now.getTime() + 59 * day));
    expect(await renewalTime({ configHome, clock, renewBeforeMs: day })).toEqual(new Date(now.getTime() + 88 * day));
  });

  test("breaks no connection at any moment, whichever party has already read its new files", async () => {
    const start = new Date();
    await ensureCertificates({ configHome, now: start });
    const old = await snapshot();
    let between: Snapshot | undefined;
    const clock: RotationClock = {
      now: () => start,
      sleep: async () => {
        between = await snapshot();
      },
    };
    await rotateCertificates({ configHome, clock }, new AbortController().signal);
    const renewed = await snapshot();
    if (!between) throw new Error("no overlap");
    // A party holds the files of one step, or of the step before or after what its peer holds.
    for (const [a, b] of [
      [old, between],
      [between, between],
      [between, renewed],
      [renewed, renewed],
    ] as const) {
      for (const [client, server] of [
        [a, b],
        [b, a],
      ] as const) {
        await restore({
          envoy: client.envoy,
          "envoy-gateway": server["envoy-gateway"],
          "envoy-rate-limit": server["envoy-rate-limit"],
        });
        await handshake(configHome, "envoy", "envoy-gateway");
      }
    }
    expect(renewed.envoy["tls.crt"]).not.toBe(old.envoy["tls.crt"]);
    expect(parseBundle(renewed.envoy["ca.crt"])).toHaveLength(2);
  });

  test("leaves at most the last two authorities in ca.crt, however often it happens", async () => {
    await copyTemplate();
    const clock = { now: () => now, sleep: async () => undefined };
    for (let i = 0; i < 2; i += 1) await rotateCertificates({ configHome, clock }, new AbortController().signal);
    expect(parseBundle(await readFile(path("envoy", "ca.crt"), "utf8"))).toHaveLength(2);
    expect((await inspectCertificates(configHome, now)).mistrust).toEqual([]);
  });

  test("happens by itself in time, goes on after a failure, and ends when told", async () => {
    await copyTemplate();
    const ending = new AbortController();
    let time = now.getTime();
    let sleeps = 0;
    let attempts = 0;
    const events: string[] = [];
    const clock: RotationClock = {
      now: () => new Date(time),
      sleep: async (ms) => {
        time += ms;
        sleeps += 1;
        if (sleeps > 90) ending.abort();
      },
    };
    const before = (await certificate("envoy")).fingerprint256;
    await keepCertificatesFresh(
      {
        configHome,
        clock,
        checkEveryMs: day,
        lifetimeMs: 89 * day,
        dnsNames: (name) => {
          attempts += 1;
          if (attempts === 1) throw new Error("no names today");
          return hostModeNames(name);
        },
        onRenewed: (notAfter) => events.push(notAfter.toISOString()),
        onFailed: (error) => events.push(String(error)),
      },
      ending.signal,
    );
    expect(events).toEqual(["Error: no names today", expect.stringMatching(/^2026-07-2/)]);
    expect((await certificate("envoy")).fingerprint256).not.toBe(before);
    expect((await inspectCertificates(configHome, new Date(time))).certificates.every((c) => c.state === "good")).toBe(
      true,
    );
  });

  test("of certificates that are the user's own never happens", async () => {
    await copyTemplate();
    const foreign = await foreignCertificate();
    for (const name of certificateNames) await writeFilesTogether(certificateDirectory(configHome, name), foreign);
    const clock = { now: () => now, sleep: async () => undefined };
    expect(await renewalTime({ configHome, clock })).toBeUndefined();
    const before = await allFiles();
    await unlink(path("envoy", "tls.key"));
    const result = await ensureCertificates({ configHome, now });
    expect(result.kept).toEqual([...certificateNames, "envoy-oidc-hmac"]);
    expect(result.problems).toContain("envoy: tls.key missing");
    expect(await readFile(path("envoy-gateway", "tls.crt"), "utf8")).toBe(foreign["tls.crt"]);
    expect(before).toContain(foreign["tls.crt"]);
  });
});

type Snapshot = Record<CertificateName, Record<(typeof certificateFileNames)[number], string>>;

async function snapshot(): Promise<Snapshot> {
  const entries = certificateNames.map(async (name) => {
    const files = await readFilesTogether(certificateDirectory(configHome, name), certificateFileNames);
    return [name, Object.fromEntries(certificateFileNames.map((file) => [file, String(files[file])]))] as const;
  });
  return Object.fromEntries(await Promise.all(entries)) as Snapshot;
}

async function restore(files: Snapshot): Promise<void> {
  for (const name of certificateNames) await writeFilesTogether(certificateDirectory(configHome, name), files[name]);
}

/** A self-made certificate of an authority that is not called `envoy-gateway`. */
async function foreignCertificate(): Promise<Record<"ca.crt" | "tls.crt" | "tls.key", string>> {
  const { X509CertificateGenerator, cryptoProvider } = await import("@peculiar/x509");
  const { webcrypto } = await import("node:crypto");
  cryptoProvider.set(webcrypto);
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const own = await X509CertificateGenerator.createSelfSigned({
    name: "CN=company",
    notBefore: now,
    notAfter: new Date(now.getTime() + 90 * day),
    keys,
    signingAlgorithm: algorithm,
  });
  const key = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey)).toString("base64");
  const pem = `${own.toString("pem")}\n`;
  return {
    "ca.crt": pem,
    "tls.crt": pem,
    "tls.key": `-----BEGIN PRIVATE KEY-----\n${key}\n-----END PRIVATE KEY-----\n`,
  };
}
