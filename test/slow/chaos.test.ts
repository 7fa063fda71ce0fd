import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { ensureCertificates } from "../../src/certificates/ensure.ts";
import { inspectCertificates } from "../../src/certificates/inspect.ts";
import { gatewayManifest, routeManifest, startBackend, until, Workplace } from "../../src/server/testing/workplace.ts";
import { freePort } from "../../src/testing/free-ports.ts";
import { makeCertificate, send, tlsSecret } from "../e2e/harness/index.ts";
import { ask, type ControlPlane, envoysOf, type Load, startControlPlane, startLoad } from "./control-plane.ts";

let one: Awaited<ReturnType<typeof startBackend>>;
let two: Awaited<ReturnType<typeof startBackend>>;
let work: Workplace;
let port: number;
let xdsPort: number;
const running: ControlPlane[] = [];

beforeAll(async () => {
  [one, two] = await Promise.all([startBackend("one"), startBackend("two")]);
});
afterAll(() => Promise.all([one.stop(), two.stop()]));

beforeEach(async () => {
  work = new Workplace();
  [port, xdsPort] = [await freePort(), await freePort()];
  work.configure({ extensionApis: { enableBackend: true } });
  work.write("manifests/gateway.yaml", gatewayManifest(port));
  work.write("manifests/one.yaml", routeManifest("one", "one.test", one.port));
  work.write("manifests/two.yaml", routeManifest("two", "two.test", two.port));
});

afterEach(async () => {
  for (const plane of running.splice(0)) await plane.kill();
  for (const pid of await envoysOf(work)) process.kill(pid, "SIGKILL");
  work.remove();
});

function start(): ControlPlane {
  const plane = startControlPlane(work, xdsPort);
  running.push(plane);
  return plane;
}

const served = (host: string, wanted: string) =>
  until(
    () => ask(port, host),
    (answer) => answer === wanted,
  );

async function startServed(): Promise<ControlPlane> {
  const plane = start();
  await served("one.test", "200 one");
  await served("two.test", "200 two");
  return plane;
}

/** Waits until a load was given so many more right answers. */
async function answers(load: Load, count: number): Promise<void> {
  const before = load.report.right;
  await until(
    () => load.report.right,
    (right) => right >= before + count,
  );
}

const loadBoth = (): Load => startLoad(port, { "one.test": "one", "two.test": "two" });

test("a killed control plane is not noticed by any request, nor is its successor, which takes the same Envoy over", async () => {
  const first = await startServed();
  const before = await envoysOf(work);
  const load = loadBoth();
  await answers(load, 50);
  await first.kill();
  await answers(load, 100);
  start();
  work.write("manifests/three.yaml", routeManifest("three", "three.test", two.port));
  await served("three.test", "200 two");
  await answers(load, 50);
  expect(await load.stop()).toMatchObject({ wrong: {}, unanswered: 0 });
  expect(await envoysOf(work)).toEqual(before);
});

test("what changed while no control plane was there takes effect with the next one, without a wrong answer for the rest", async () => {
  const first = await startServed();
  await first.kill();
  const load = startLoad(port, { "one.test": "one" });
  rmSync(join(work.manifests, "two.yaml"));
  work.write("manifests/four.yaml", routeManifest("four", "four.test", two.port));
  await answers(load, 20);
  expect(await ask(port, "two.test")).toBe("200 two");
  start();
  await served("four.test", "200 two");
  await served("two.test", "404 ");
  expect(await load.stop()).toMatchObject({ wrong: {}, unanswered: 0 });
});

test("killed again and again in the middle of changes, it never gives a wrong answer and catches up", async () => {
  await startServed();
  const load = loadBoth();
  for (let round = 0; round < 6; round++) {
    for (let i = 0; i < 10; i++) {
      work.write(`manifests/noise-${i}.yaml`, routeManifest(`noise-${i}`, `noise-${round}-${i}.test`, one.port));
      await sleep(7 * round);
    }
    await running.at(-1)?.kill();
    start();
  }
  await served("noise-5-9.test", "200 one");
  await served("noise-4-9.test", "404 ");
  expect(await load.stop()).toMatchObject({ wrong: {}, unanswered: 0 });
});

test("a killed Envoy is started again and answers nothing wrong before it has its configuration", async () => {
  await startServed();
  const load = loadBoth();
  for (let round = 0; round < 2; round++) {
    const [pid = 0] = await until(
      () => envoysOf(work),
      (pids) => pids.length === 1,
    );
    process.kill(pid, "SIGKILL");
    await until(
      () => envoysOf(work),
      (pids) => pids.length === 1 && pids[0] !== pid,
    );
    await served("one.test", "200 one");
    await served("two.test", "200 two");
  }
  const report = await load.stop();
  expect(report.wrong).toEqual({});
  expect(report.unanswered).toBeGreaterThan(0);
});

test("Envoy and control plane killed at the same time come back together", async () => {
  const first = await startServed();
  const load = loadBoth();
  const [pid = 0] = await envoysOf(work);
  process.kill(pid, "SIGKILL");
  await first.kill();
  start();
  await served("one.test", "200 one");
  await served("two.test", "200 two");
  expect((await load.stop()).wrong).toEqual({});
});

test("a request in flight is answered before a stop ends Envoy", async () => {
  let asked = 0;
  const slow = createServer((_, response) => {
    asked++;
    setTimeout(() => response.end("slow"), 1_000);
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => slow.once("listening", resolve));
  work.write("manifests/slow.yaml", routeManifest("slow", "slow.test", (slow.address() as AddressInfo).port));
  const plane = await startServed();
  await served("slow.test", "200 slow");
  const before = asked;
  const answer = ask(port, "slow.test");
  await until(
    () => asked,
    (count) => count > before,
  );
  const code = plane.stop();
  expect(await answer).toBe("200 slow");
  expect(await code).toBe(0);
  expect(await envoysOf(work)).toEqual([]);
  slow.close();
});

test("certificates that are about to expire are replaced while changes go on reaching Envoy", async () => {
  const configHome = join(work.stateDir, "config");
  mkdirSync(configHome, { recursive: true });
  const hourMs = 3_600_000;
  await ensureCertificates({ configHome, now: new Date(), lifetimeMs: hourMs });
  const notAfter = async () =>
    (await inspectCertificates(configHome, new Date())).certificates[0]?.notAfter?.getTime() ?? 0;
  expect(await notAfter()).toBeLessThan(Date.now() + 2 * hourMs);
  await startServed();
  const load = loadBoth();
  let changes = 0;
  await until(
    async () => {
      work.write("manifests/change.yaml", routeManifest("change", `change-${++changes}.test`, two.port));
      await served(`change-${changes}.test`, "200 two");
      return notAfter();
    },
    (time) => time > Date.now() + 24 * hourMs,
  );
  const plane = running.at(-1);
  await plane?.kill();
  start();
  work.write("manifests/after.yaml", routeManifest("after", "after.test", two.port));
  await served("after.test", "200 two");
  expect(await load.stop()).toMatchObject({ wrong: {}, unanswered: 0 });
});

test("a listener's certificate that is renewed many times over is shown to each new connection, and none fails", async () => {
  const secure = await freePort();
  const secret = async (version: number) =>
    tlsSecret("cert", await makeCertificate({ names: ["one.test"], organization: `v${version}` }));
  const listener = `{ name: https, protocol: HTTPS, port: ${secure}, tls: { certificateRefs: [{ name: cert }] } }`;
  work.write("manifests/cert.yaml", await secret(0));
  work.write("manifests/gateway.yaml", gatewayManifest(port).replace("listeners: [", `listeners: [${listener}, `));
  await startServed();
  const shown = async (): Promise<string> => {
    const answer = await send(secure, "/", { host: "one.test", tls: { serverName: "one.test" } });
    return `${answer.status} ${answer.certificate?.subject["O"]}`;
  };
  await until(
    () => shown().catch(() => ""),
    (text) => text === "200 v0",
  );
  const failures: unknown[] = [];
  let isOver = false;
  const load = (async () => {
    while (!isOver)
      await shown().then(
        (text) => text.startsWith("200 ") || failures.push(text),
        (error: unknown) => failures.push(error),
      );
  })();
  for (let version = 1; version <= 10; version++) {
    work.write("manifests/cert.yaml", await secret(version));
    await until(shown, (text) => text === `200 v${version}`);
  }
  isOver = true;
  await load;
  expect(failures).toEqual([]);
});

/** Mounts a file system of so many kilobytes, or says why that is not possible here. */
function mountSmall(directory: string, kilobytes: number): string | undefined {
  if (process.getuid?.() !== 0) return "only root may mount a file system";
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${kilobytes}k,mode=0700`, "tmpfs", directory], { stdio: "pipe" });
    return undefined;
  } catch (error) {
    return `mount: ${String(error)}`;
  }
}

test("with a full disk for state and logs everything is served, changed and taken over", async (context) => {
  const state = join(work.stateDir, "state");
  mkdirSync(state, { recursive: true });
  const why = mountSmall(state, 64);
  if (why !== undefined) {
    process.stdout.write(`skipped, no small file system: ${why}\n`);
    return context.skip(why);
  }
  try {
    await startServed();
    fill(join(state, "filler"));
    const load = loadBoth();
    work.write("manifests/three.yaml", routeManifest("three", "three.test", two.port));
    await served("three.test", "200 two");
    await running.at(-1)?.kill();
    start();
    work.write("manifests/four.yaml", routeManifest("four", "four.test", two.port));
    await served("four.test", "200 two");
    expect(await load.stop()).toMatchObject({ wrong: {}, unanswered: 0 });
    const [pid = 0] = await envoysOf(work);
    process.kill(pid, "SIGKILL");
    await served("four.test", "200 two");
  } finally {
    for (const plane of running.splice(0)) await plane.kill();
    for (const pid of await envoysOf(work)) process.kill(pid, "SIGKILL");
    execFileSync("umount", ["-l", state]);
  }
});

/** Writes until the file system takes no more. */
function fill(path: string): void {
  for (const size of [4_096, 256, 1]) {
    try {
      for (;;) writeFileSync(path, Buffer.alloc(size), { flag: "a" });
    } catch {
      // Full for pieces of this size.
    }
  }
}
