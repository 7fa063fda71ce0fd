import { readFileSync } from "node:fs";
import { createSecureServer, type Http2Session } from "node:http2";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ensureCertificates } from "../../certificates/ensure.ts";
import { parseBundle } from "../../certificates/inspect.ts";
import { certificateDirectory } from "../../certificates/layout.ts";
import { rotateCertificates } from "../../certificates/rotation.ts";
import { fleetName } from "../fleet.ts";
import type { HostDirectories } from "./directories.ts";
import { createHostInfra } from "./host-infra.ts";
import { hasEnvoy, recordingLogger, temporaryDirectories, testEnvoy } from "./test-fleet.ts";

let directories: HostDirectories & { readonly remove: () => Promise<void> };
beforeEach(async () => {
  directories = await temporaryDirectories();
});
afterEach(() => directories.remove());

/** TLS settings of a control plane that trusts only the newest authority. */
function serverFiles(): { ca: string; cert: Buffer; key: Buffer } {
  const file = (name: string): Buffer =>
    readFileSync(join(certificateDirectory(directories.configHome, "envoy-gateway"), name));
  const newest = parseBundle(file("ca.crt").toString())[0];
  return { ca: newest?.toString() ?? "", cert: file("tls.crt"), key: file("tls.key") };
}

describe.runIf(hasEnvoy)("renewed certificates", { timeout: 60_000 }, () => {
  test("are used by a running Envoy for its next connection, in both directions", async () => {
    await ensureCertificates({ configHome: directories.configHome, now: new Date() });
    const seen: string[] = [];
    const sessions = new Set<Http2Session>();
    const server = createSecureServer({
      ...serverFiles(),
      requestCert: true,
      rejectUnauthorized: true,
      minVersion: "TLSv1.3",
    });
    server.on("session", (session) => {
      sessions.add(session);
      session.on("error", () => undefined);
      seen.push((session.socket as TLSSocket).getPeerCertificate().fingerprint256);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const port = typeof address === "object" && address ? address.port : 0;

    const infra = createHostInfra({
      directories,
      xdsAddress: { host: "127.0.0.1", port },
      logger: recordingLogger(),
      explicitEnvoy: testEnvoy,
    });
    try {
      infra.upsert({ key: "ns/gw", name: fleetName("ns/gw"), ports: [], envoyProxy: { concurrency: 1 } });
      await expect.poll(() => seen.length, { timeout: 20_000 }).toBe(1);

      const clock = { now: () => new Date(), sleep: async () => undefined };
      await rotateCertificates({ configHome: directories.configHome, clock }, new AbortController().signal);
      server.setSecureContext(serverFiles());
      await expect
        .poll(
          () => {
            for (const session of sessions) session.destroy();
            return new Set(seen).size;
          },
          { timeout: 30_000, interval: 500 },
        )
        .toBe(2);
      expect(infra.statuses()[0]).toMatchObject({ restarts: 0 });
    } finally {
      await infra.stop({ keepEnvoys: false });
      server.close();
    }
  });
});
