import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ConnectionOptions, connect } from "node:tls";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createXdsServer } from "./server.ts";
import { type Authority, createAuthority, type KeyPair } from "./testing/certificates.ts";
import { until } from "./testing/until.ts";

let directory: string;
const cleanups: (() => unknown)[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "xds-certificates-"));
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  rmSync(directory, { recursive: true, force: true });
});

/** Each file is put in place whole, as certificate tools and Kubernetes do. */
function install(pair: KeyPair, ca: string): void {
  for (const [name, content] of [
    ["tls.crt", pair.cert],
    ["tls.key", pair.key],
    ["ca.crt", ca],
  ] as const) {
    writeFileSync(join(directory, `${name}.new`), content);
    renameSync(join(directory, `${name}.new`), join(directory, name));
  }
}

async function serve(problems: string[] = []): Promise<number> {
  const tls = {
    certFile: join(directory, "tls.crt"),
    keyFile: join(directory, "tls.key"),
    caFile: join(directory, "ca.crt"),
  };
  const server = createXdsServer({ tls, onProblem: (message) => problems.push(message) });
  cleanups.push(() => server.close());
  return server.listen("127.0.0.1:0");
}

/** Whether a handshake succeeds; in TLS 1.3 the server's refusal of a client arrives only after the client's part. */
function handshake(port: number, options: ConnectionOptions): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1", servername: "envoy-gateway", ALPNProtocols: ["h2"], ...options });
    socket.on("error", (error: NodeJS.ErrnoException) => resolve(`refused: ${error.code ?? error.message}`));
    socket.on("data", () => {
      resolve(`${socket.getProtocol()} ${socket.getPeerCertificate().fingerprint256}`);
      socket.destroy();
    });
    socket.on("close", () => resolve("refused: closed"));
  });
}

async function trusted(authority: Authority, name = "envoy"): Promise<ConnectionOptions> {
  return { ca: authority.ca, ...(await authority.issue(name)) };
}

test("an Envoy with a certificate of the authority is let in, over TLS 1.3 only", async () => {
  const authority = await createAuthority();
  install(await authority.issue("envoy-gateway"), authority.ca);
  const port = await serve();
  const options = await trusted(authority);
  expect(await handshake(port, options)).toMatch(/^TLSv1\.3 /);
  expect(await handshake(port, { ...options, maxVersion: "TLSv1.2" })).toMatch(/^refused/);
});

test("a client without certificate, or with one of another authority, is refused", async () => {
  const authority = await createAuthority();
  const stranger = await createAuthority();
  install(await authority.issue("envoy-gateway"), authority.ca);
  const port = await serve();
  expect(await handshake(port, { ca: authority.ca })).toMatch(/^refused/);
  expect(await handshake(port, { ca: authority.ca, ...(await stranger.issue("envoy")) })).toMatch(/^refused/);
});

test("replaced files are used for the next handshake, authority included, still over TLS 1.3 only", async () => {
  const first = await createAuthority();
  install(await first.issue("envoy-gateway"), first.ca);
  const port = await serve();
  const before = await trusted(first);
  expect(await handshake(port, before)).toMatch(/^TLSv1\.3 /);
  const second = await createAuthority();
  install(await second.issue("envoy-gateway"), second.ca);
  const after = await trusted(second);
  await until("the new certificate is used", async () => (await handshake(port, after)).startsWith("TLSv1.3"));
  expect(await handshake(port, { ...before, ca: second.ca })).toMatch(/^refused/);
  expect(await handshake(port, { ...after, maxVersion: "TLSv1.2" })).toMatch(/^refused/);
});

test("files that do not fit together are told and leave the former in use", async () => {
  const authority = await createAuthority();
  install(await authority.issue("envoy-gateway"), authority.ca);
  const problems: string[] = [];
  const port = await serve(problems);
  const { key } = await authority.issue("envoy-gateway");
  writeFileSync(join(directory, "tls.key"), key);
  await until("it is told", () => problems.length > 0);
  expect(problems[0]).toContain("the key does not fit the certificate");
  expect(await handshake(port, await trusted(authority))).toMatch(/^TLSv1\.3 /);
});

test("a server whose certificates cannot be read is not created", () => {
  const tls = { certFile: join(directory, "none"), keyFile: join(directory, "none"), caFile: join(directory, "none") };
  expect(() => createXdsServer({ tls })).toThrow("ENOENT");
});
