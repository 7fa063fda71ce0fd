import { X509Certificate } from "node:crypto";
import { cp, lstat, mkdir, mkdtemp, readdir, readFile, rm, stat, unlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, createServer } from "node:tls";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ensureCertificates, problemsOf } from "./ensure.ts";
import { readFilesTogether, writeFilesTogether } from "./files.ts";
import { inspectCertificates, parseBundle } from "./inspect.ts";
import { issueCertificates } from "./issue.ts";
import { type CertificateName, certificateDirectory, certificateFileNames, certificateNames, hmacSecretDirectory, hostModeNames } from "./layout.ts";
import { keepCertificatesFresh, type RotationClock, renewalTime, rotateCertificates } from "./rotation.ts";

const now = new Date("2026-03-01T12:00:00Z");
const day = 24 * 3_600_000;
let configHome: string;
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

function copyTemplate(): Promise<void> {
  return cp(template, configHome, { recursive: true, verbatimSymlinks: true });
}

function path(name: CertificateName, file: string): string {
  return join(certificateDirectory(configHome, name), file);
}

async function certificate(name: CertificateName): Promise<X509Certificate> {
  return new X509Certificate(await readFile(path(name, "tls.crt")));
}

async function allFiles(): Promise<string> {
  const contents: string[] = [];
  for (const name of certificateNames) for (const file of certificateFileNames) contents.push(await readFile(path(name, file), "utf8"));
  contents.push((await readFile(join(hmacSecretDirectory(configHome), "hmac-secret"))).toString("hex"));
  return contents.join("\n");
}

/** Connects as `client` to a server that is `server`, each trusting its own ca.crt and nothing else. Throws when either refuses. */
async function handshake(client: CertificateName, server: CertificateName): Promise<void> {
  const options = async (name: CertificateName) => {
    const files = await readFilesTogether(certificateDirectory(configHome, name), certificateFileNames);
    return { ca: files["ca.crt"], cert: files["tls.crt"], key: files["tls.key"] };
  };
  const listener = createServer({ ...(await options(server)), requestCert: true, rejectUnauthorized: true, minVersion: "TLSv1.3" }, (socket) =>
    socket.end("welcome"),
  );
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const address = listener.address();
  if (typeof address !== "object" || !address) throw new Error("no address");
  const clientOptions = await options(client);
  try {
    await new Promise<void>((resolve, reject) => {
      const socket = connect({ ...clientOptions, port: address.port, host: "127.0.0.1", servername: "localhost" });
      socket.once("data", () => resolve());
      socket.once("error", reject);
      socket.once("close", () => reject(new Error("closed")));
    });
  } finally {
    listener.close();
  }
}

describe("the first start", { timeout: 30_000 }, () => {
  test("makes certificates with which the parties accept each other, for five years from a day ago", async () => {
    const result = await ensureCertificates({ configHome, now: new Date() });
    expect(result).toEqual({ created: [...certificateNames, "envoy-oidc-hmac"], kept: [], replaced: [], problems: [] });
    await handshake("envoy", "envoy-gateway");
    await handshake("envoy", "envoy-rate-limit");
    await handshake("envoy-rate-limit", "envoy-gateway");

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
    expect([...certificateNames.map((name) => before[name]), before.secret].some((part) => after.includes(part))).toBe(false);
  });

  test("makes a lost cookie key alone", async () => {
    const before = await readFile(path("envoy", "tls.crt"), "utf8");
    await rm(hmacSecretDirectory(configHome), { recursive: true });
    expect(await ensureCertificates({ configHome, now })).toMatchObject({ created: ["envoy-oidc-hmac"], kept: certificateNames });
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

    await writeFilesTogether(certificateDirectory(configHome, "envoy"), { "tls.key": await readFile(path("envoy-gateway", "tls.key")) });
    expect(problemsOf(await inspectCertificates(configHome, now))).toEqual(["envoy: tls.key is not the key of tls.crt"]);

    const { certificates } = await issueCertificates({ now, dnsNames: hostModeNames });
    const foreign = certificates.get("envoy");
    await writeFilesTogether(certificateDirectory(configHome, "envoy"), { ...foreign });
    const { problems, replaced } = await ensureCertificates({ configHome, now: new Date() });
    expect(problems).toContain("envoy-gateway/ca.crt does not contain the authority that signed envoy/tls.crt");
    expect(replaced).toEqual(certificateNames);
    await handshake("envoy", "envoy-gateway");
  });

  test("makes a set anew that has run out", async () => {
    const inSixYears = new Date(now.getTime() + 6 * 365 * day);
    const result = await ensureCertificates({ configHome, now: inSixYears });
    expect(result.replaced).toEqual(certificateNames);
    expect((await inspectCertificates(configHome, inSixYears)).certificates.map((c) => c.state)).toEqual(["good", "good", "good"]);
  });

  test("reports unreadable files and repairs them", async () => {
    await unlink(path("envoy", "tls.crt"));
    await writeFile(path("envoy", "tls.crt"), "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    expect((await inspectCertificates(configHome, now)).certificates.find((c) => c.name === "envoy")?.state).toBe("invalid");
    await ensureCertificates({ configHome, now });
    expect((await inspectCertificates(configHome, now)).certificates.every((c) => c.state === "good")).toBe(true);
  });
});

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
    for (const [a, b] of [[old, between], [between, between], [between, renewed], [renewed, renewed]] as const) {
      for (const [client, server] of [[a, b], [b, a]] as const) {
        await restore({ envoy: client.envoy, "envoy-gateway": server["envoy-gateway"], "envoy-rate-limit": server["envoy-rate-limit"] });
        await handshake("envoy", "envoy-gateway");
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
    expect((await inspectCertificates(configHome, new Date(time))).certificates.every((c) => c.state === "good")).toBe(true);
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

describe("files that change together", () => {
  test("are read as one version while they are being replaced", async () => {
    const directory = join(configHome, "set");
    const write = (version: number) => writeFilesTogether(directory, { a: `${version}`, b: `${version}` });
    await write(0);
    let isDone = false;
    const writing = (async () => {
      for (let i = 1; i <= 30; i += 1) await write(i);
      isDone = true;
    })();
    let reads = 0;
    while (!isDone) {
      const { a, b } = await readFilesTogether(directory, ["a", "b"]);
      expect(String(a)).toBe(String(b));
      reads += 1;
    }
    await writing;
    expect(reads).toBeGreaterThan(0);
    expect((await readdir(directory)).filter((name) => name.startsWith("..version-"))).toHaveLength(1);
  });

  test("take the place of plain files, and keep the ones they do not replace", async () => {
    const directory = join(configHome, "set");
    await mkdir(directory);
    await writeFile(join(directory, "a"), "plain");
    await writeFile(join(directory, "b"), "plain");
    await writeFilesTogether(directory, { a: "new" });
    expect((await lstat(join(directory, "a"))).isSymbolicLink()).toBe(true);
    const { a, b, c } = await readFilesTogether(directory, ["a", "b", "c"]);
    expect([String(a), String(b), c]).toEqual(["new", "plain", undefined]);
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
  return { "ca.crt": pem, "tls.crt": pem, "tls.key": `-----BEGIN PRIVATE KEY-----\n${key}\n-----END PRIVATE KEY-----\n` };
}
