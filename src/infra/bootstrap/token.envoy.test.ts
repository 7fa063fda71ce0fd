import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { createSecureServer, type Http2SecureServer, type ServerHttp2Session } from "node:http2";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { ensureCertificates } from "../../certificates/ensure.ts";
import { certificateDirectory } from "../../certificates/layout.ts";
import { hasEnvoy, testEnvoy } from "../host/test-fleet.ts";
import { envoyArguments } from "./arguments.ts";
import { buildBootstrap } from "./bootstrap.ts";
import { xdsTokenFile, xdsTokenResource, xdsTrustedAuthorityFile, xdsTrustedAuthorityResource } from "./sds.ts";

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** Puts a token in its place as the kubelet does: a link to a new folder is moved over the former one. */
async function putToken(directory: string, token: string): Promise<void> {
  const folder = await mkdtemp(join(directory, "..data-"));
  await writeFile(join(folder, "sa-token"), token);
  await symlink(folder, join(directory, "..new"));
  await rename(join(directory, "..new"), join(directory, "..data"));
}

async function controlPlane(home: string): Promise<{ port: number; tokens: string[]; sessions: ServerHttp2Session[] }> {
  const certificates = certificateDirectory(home, "envoy-gateway");
  const read = (file: string): Promise<string> => readFile(join(certificates, file), "utf8");
  const server: Http2SecureServer = createSecureServer({ cert: await read("tls.crt"), key: await read("tls.key") });
  const tokens: string[] = [];
  const sessions: ServerHttp2Session[] = [];
  server.on("session", (session) => {
    sessions.push(session);
    session.on("error", () => undefined);
  });
  server.on("stream", (stream, headers) => {
    stream.on("error", () => undefined);
    tokens.push(String(headers.authorization));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  ends.push(() => {
    server.close();
    for (const session of sessions) session.destroy();
  });
  return { port: (server.address() as AddressInfo).port, tokens, sessions };
}

test.runIf(hasEnvoy)(
  "an Envoy shows the token of its service account, and the next one after it was replaced",
  async () => {
    const home = await mkdtemp(join(tmpdir(), "eg-token-"));
    ends.push(() => rm(home, { recursive: true, force: true }));
    await ensureCertificates({ configHome: home, now: new Date() });
    await putToken(home, "first");
    await symlink("..data/sa-token", join(home, "sa-token"));
    await writeFile(join(home, xdsTokenFile), JSON.stringify(xdsTokenResource(home)));
    const authority = xdsTrustedAuthorityResource(certificateDirectory(home, "envoy"), "localhost");
    await writeFile(join(home, xdsTrustedAuthorityFile), JSON.stringify(authority));
    const { port, tokens, sessions } = await controlPlane(home);
    const bootstrap = buildBootstrap({
      xdsAddress: { host: "127.0.0.1", port },
      xdsTls: {
        from: "token",
        token: join(home, xdsTokenFile),
        tokenDirectory: home,
        trustedAuthorities: join(home, xdsTrustedAuthorityFile),
      },
      adminAddress: { host: "127.0.0.1", port: 0 },
      readiness: { host: "127.0.0.1", port: 0 },
      memoryLimitBytes: 2 ** 30,
    });
    const fleet = { key: "ns/gw", name: "envoy-ns-gw", ports: [] };
    const args = envoyArguments({ fleet, bootstrap, isReplaceable: false });
    const envoy: ChildProcess = spawn(testEnvoy, [...args, "--disable-hot-restart"], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    let log = "";
    envoy.stderr?.on("data", (part: Buffer) => {
      log += part.toString();
    });
    ends.push(() => envoy.kill("SIGKILL"));
    await vi.waitFor(() => expect(tokens[0], log).toBe("Bearer first"), { timeout: 15_000 });
    await putToken(home, "second");
    await vi.waitFor(
      () => {
        sessions.at(-1)?.destroy();
        expect(tokens.at(-1)).toBe("Bearer second");
      },
      { timeout: 15_000, interval: 500 },
    );
  },
  40_000,
);
