import { spawn } from "node:child_process";
import { chmod, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { freePort } from "../../testing/free-ports.ts";
import type { Infrastructure } from "../fleet.ts";
import { fleetLogDirectory, fleetRuntimeDirectory, type HostDirectories } from "./directories.ts";
import { createHostInfra, type HostInfraOptions } from "./host-infra.ts";
import { findByArgument, identify } from "./process-table.ts";
import {
  get,
  hasEnvoy,
  recordingLogger,
  selfServingFleet,
  statusThat,
  temporaryDirectories,
  testEnvoy,
} from "./test-fleet.ts";

let directories: HostDirectories & { readonly remove: () => Promise<void> };
const started: Infrastructure[] = [];

function hostInfra(options: Partial<HostInfraOptions> = {}): Infrastructure {
  const infra = createHostInfra({
    directories,
    xdsAddress: { host: "127.0.0.1", port: 1 },
    logger: recordingLogger(),
    explicitEnvoy: testEnvoy,
    isPlaintext: true,
    stopTimeoutMs: 2_000,
    ...options,
  });
  started.push(infra);
  return infra;
}

beforeEach(async () => {
  directories = await temporaryDirectories();
});

afterEach(async () => {
  for (const infra of started.splice(0)) await infra.stop({ keepEnvoys: true });
  const last = hostInfra();
  last.reconcile([]);
  await last.stop({ keepEnvoys: false });
  started.length = 0;
  const left = findByArgument("--admin-address-path");
  await directories.remove();
  expect(left.filter(({ value }) => value.startsWith(directories.runtimeDir))).toEqual([]);
});

/** How long a condition may take; it takes that long on a busy machine only. */
const limit = { timeout: 20_000, interval: 20 };

const isUp = (status: { readonly state: string }): boolean => status.state === "serving";

describe.runIf(hasEnvoy)("an Envoy on this machine", { timeout: 60_000 }, () => {
  test("is started for a fleet, serves, and is gone after the fleet is removed", async () => {
    const port = await freePort();
    const infra = hostInfra();
    infra.upsert(selfServingFleet("ns/one", port, "hello"));
    const status = await statusThat(infra, "ns/one", isUp);
    expect(status).toMatchObject({
      isAdopted: false,
      restarts: 0,
      replicas: { desired: 1, available: 1 },
      problems: [],
    });
    expect(status.adminAddress).toMatch(/^127\.0\.0\.1:[0-9]+$/);
    expect(await get(port)).toBe("hello");

    infra.remove("ns/one");
    await statusThat(infra, "ns/one", (s) => s.state === "stopped");
    expect(await identify(status.pid ?? 0)).toBeUndefined();
    await expect(get(port)).rejects.toThrow();
  });

  test("is left alone when the same spec is given again or only its ports change", async () => {
    const port = await freePort();
    const infra = hostInfra();
    const spec = selfServingFleet("ns/same", port, "x");
    infra.upsert(spec);
    const before = await statusThat(infra, "ns/same", isUp);
    infra.upsert({ ...spec });
    infra.upsert({ ...spec, ports: [] });
    await infra.settled();
    expect(infra.statuses()[0]).toMatchObject({ pid: before.pid, state: "serving" });
  });

  test("is started again after it was killed, and its restarts are counted", async () => {
    const port = await freePort();
    const logger = recordingLogger();
    const infra = hostInfra({ logger });
    infra.upsert(selfServingFleet("ns/killed", port, "again"));
    const first = await statusThat(infra, "ns/killed", isUp);
    process.kill(first.pid ?? 0, "SIGKILL");
    const waiting = await statusThat(infra, "ns/killed", (s) => s.state === "waiting");
    expect(waiting.problems).toMatchObject([{ code: "envoy-exited", message: expect.stringContaining("SIGKILL") }]);
    const second = await statusThat(infra, "ns/killed", isUp);
    expect(second).toMatchObject({ restarts: 1, problems: [] });
    expect(second.pid).not.toBe(first.pid);
    expect(await get(port)).toBe("again");
    expect(logger.lines).toContainEqual({ level: "error", message: "Envoy was killed (SIGKILL)" });
  });

  test("lets a request in flight end before it stops", async () => {
    const port = await freePort();
    const infra = hostInfra();
    infra.upsert(selfServingFleet("ns/drain", port, "late"));
    const { adminAddress } = await statusThat(infra, "ns/drain", isUp);
    const answer = get(port, { "x-envoy-fault-delay-request": "1500" });
    const adminPort = Number(adminAddress?.split(":")[1]);
    await expect.poll(() => get(adminPort, {}, "/stats"), limit).toContain("http.test.downstream_rq_total: 1\n");
    const stopped = infra.stop({ keepEnvoys: false });
    expect(await answer).toBe("late");
    await stopped;
  });

  test("is replaced by hot restart when its settings change, without a failed request", async () => {
    const port = await freePort();
    const infra = hostInfra();
    infra.upsert(selfServingFleet("ns/change", port, "old", { shutdown: { drainTimeout: "1s" } }));
    const before = await statusThat(infra, "ns/change", isUp);

    const answers: string[] = [];
    let isDone = false;
    const load = (async () => {
      while (!isDone)
        answers.push(await get(port, { connection: "close" }).catch((error: unknown) => `failed: ${error}`));
    })();
    infra.upsert(selfServingFleet("ns/change", port, "new", { shutdown: { drainTimeout: "1s" } }));
    const after = await statusThat(infra, "ns/change", (s) => isUp(s) && s.pid !== before.pid);
    while ((await identify(before.pid ?? 0)) !== undefined) await new Promise((resolve) => setTimeout(resolve, 100));
    isDone = true;
    await load;
    expect(new Set(answers)).toEqual(new Set(["old", "new"]));
    expect(answers.at(-1)).toBe("new");
    expect(after.restarts).toBe(0);
  });

  test("goes on with its former settings when Envoy refuses the new ones", async () => {
    const port = await freePort();
    const infra = hostInfra();
    infra.upsert(selfServingFleet("ns/refused", port, "good"));
    const before = await statusThat(infra, "ns/refused", isUp);
    infra.upsert(selfServingFleet("ns/refused", port, "bad", { extraArgs: ["--no-such-option"] }));
    const status = await statusThat(infra, "ns/refused", (s) => s.problems.length > 0);
    expect(status).toMatchObject({ state: "serving", pid: before.pid, problems: [{ code: "envoy-exited" }] });
    expect(status.problems[0]?.message).toContain("--no-such-option");
    expect(await get(port)).toBe("good");
  });

  test("survives its control plane's kill -9, and the next control plane takes it over", async () => {
    const port = await freePort();
    const spec = selfServingFleet("ns/orphan", port, "still here");
    const child = spawn(
      process.execPath,
      [join(import.meta.dirname, "testdata/control-plane.ts"), JSON.stringify({ directories, spec, testEnvoy })],
      {
        stdio: ["ignore", "pipe", "inherit"],
      },
    );
    const pid = await new Promise<number>((resolve) => child.stdout.once("data", (data) => resolve(Number(data))));
    child.kill("SIGKILL");
    await new Promise((resolve) => child.once("exit", resolve));
    expect(await get(port)).toBe("still here");

    const infra = hostInfra();
    infra.reconcile([spec]);
    const adopted = await statusThat(infra, "ns/orphan", isUp);
    expect(adopted).toMatchObject({ pid, isAdopted: true, restarts: 0 });
    expect(await get(port)).toBe("still here");

    process.kill(pid, "SIGKILL");
    const restarted = await statusThat(infra, "ns/orphan", (s) => isUp(s) && s.pid !== pid);
    expect(restarted).toMatchObject({ isAdopted: false, restarts: 1 });
  });

  test("is taken over even when its record was lost", async () => {
    const port = await freePort();
    const spec = selfServingFleet("ns/unrecorded", port, "x");
    const first = hostInfra();
    first.upsert(spec);
    const { pid } = await statusThat(first, "ns/unrecorded", isUp);
    await first.stop({ keepEnvoys: true });
    await writeFile(join(fleetRuntimeDirectory(directories, spec.name), "process.json"), "");

    const second = hostInfra();
    second.reconcile([spec]);
    expect(await statusThat(second, "ns/unrecorded", isUp)).toMatchObject({ pid, isAdopted: true });
  });

  test("of a fleet that vanished while no control plane ran is stopped", async () => {
    const port = await freePort();
    const first = hostInfra();
    first.upsert(selfServingFleet("ns/gone", port, "x"));
    const { pid } = await statusThat(first, "ns/gone", isUp);
    await first.stop({ keepEnvoys: true });

    const second = hostInfra();
    second.reconcile([]);
    await second.settled();
    expect(await identify(pid ?? 0)).toBeUndefined();
  });

  test("of an idle fleet goes on as it is, until the fleet is removed or everything is stopped", async () => {
    const specs = await Promise.all(
      ["ns/removed", "ns/stopped"].map(async (key) => selfServingFleet(key, await freePort(), "x")),
    );
    const first = hostInfra();
    for (const spec of specs) first.upsert(spec);
    const pids: number[] = [];
    for (const { key } of specs) pids.push((await statusThat(first, key, isUp)).pid ?? 0);
    const running = () => Promise.all(pids.map(async (pid) => (await identify(pid)) !== undefined));
    await first.stop({ keepEnvoys: true });

    const second = hostInfra();
    second.reconcile([], specs);
    await second.settled();
    expect(await running()).toEqual([true, true]);
    second.remove("ns/removed");
    await second.settled();
    expect(await running()).toEqual([false, true]);
    await second.stop({ keepEnvoys: false });
    expect(await running()).toEqual([false, false]);
  });

  test("serves although neither logs nor runtime files can be written", async () => {
    await writeFile(directories.stateHome, "a file where a directory should be");
    await writeFile(directories.runtimeDir, "a file where a directory should be");
    const port = await freePort();
    const infra = hostInfra();
    infra.upsert(selfServingFleet("ns/nodisk", port, "served"));
    const status = await statusThat(infra, "ns/nodisk", (s) => s.pid !== undefined && s.problems.length === 2);
    expect(status.problems.map((problem) => problem.code)).toEqual(["directory-unusable", "directory-unusable"]);
    await expect.poll(() => get(port).catch(() => ""), { timeout: 10_000 }).toBe("served");
    infra.remove("ns/nodisk");
    await infra.settled();
  });

  test("serves although the disk of its logs is full", async () => {
    const port = await freePort();
    const spec = selfServingFleet("ns/full", port, "served", { logging: { level: { default: "debug" } } });
    const logs = fleetLogDirectory(directories, spec.name);
    await mkdir(logs, { recursive: true });
    // Every write to /dev/full fails as on a full disk.
    for (const file of ["envoy.log", "access.log"]) await symlink("/dev/full", join(logs, file));
    const infra = hostInfra();
    infra.upsert(spec);
    await statusThat(infra, "ns/full", isUp);
    expect(await get(port)).toBe("served");
  });

  test("of another program starts beside the former one, which then drains", async () => {
    const port = await freePort();
    const copy = join(directories.dataHome, "envoy");
    await mkdir(directories.dataHome);
    await symlink(testEnvoy, copy);
    const first = hostInfra();
    const spec = selfServingFleet("ns/program", port, "x", { shutdown: { drainTimeout: "1s" } });
    first.upsert(spec);
    const before = await statusThat(first, "ns/program", isUp);
    await first.stop({ keepEnvoys: true });

    const second = hostInfra({ explicitEnvoy: copy });
    second.upsert(spec);
    const after = await statusThat(second, "ns/program", (s) => isUp(s) && s.pid !== before.pid);
    expect(after.isAdopted).toBe(false);
    await expect.poll(() => identify(before.pid ?? 0), { timeout: 20_000 }).toBeUndefined();
    expect(await get(port)).toBe("x");
  });

  test("shows its warnings in our log and keeps its own log in a file", async () => {
    const port = await freePort();
    const logger = recordingLogger();
    const infra = hostInfra({ logger });
    const spec = selfServingFleet("ns/logs", port, "x", { logging: { level: { default: "info" } } });
    infra.upsert(spec);
    await statusThat(infra, "ns/logs", isUp);
    await expect
      .poll(() =>
        logger.lines.some((line) => line.level === "info" && line.message.includes("starting main dispatch loop")),
      )
      .toBe(true);
    expect(await readFile(join(fleetLogDirectory(directories, spec.name), "envoy.log"), "utf8")).toContain(
      "starting main dispatch loop",
    );
  });

  test("whose port is held by another process says by which and how to choose another", async () => {
    const port = await freePort();
    const other = createServer().listen(port, "127.0.0.1");
    try {
      const infra = hostInfra();
      infra.upsert(selfServingFleet("ns/busy", port, "x"));
      const status = await statusThat(infra, "ns/busy", (s) =>
        s.problems.some((problem) => problem.code === "port-busy"),
      );
      const problem = status.problems.find((candidate) => candidate.code === "port-busy");
      expect(problem?.message).toContain(`Port ${port} of listener http is in use by process ${process.pid}`);
      expect(problem?.message).toContain("spec.listeners[].port");
    } finally {
      other.close();
    }
  });
});

describe("an Envoy that cannot be started", () => {
  test("because the given path does not exist is reported with the path, and tried again", async () => {
    const infra = hostInfra({ explicitEnvoy: "/nowhere/envoy" });
    infra.upsert(selfServingFleet("ns/none", 1, "x"));
    const status = await statusThat(infra, "ns/none", (s) => s.state === "waiting");
    expect(status.problems).toMatchObject([
      { code: "envoy-unusable", message: expect.stringContaining("/nowhere/envoy") },
    ]);
  });

  test("because it is built for another machine says so", async () => {
    const path = join(directories.dataHome, "envoy");
    await mkdir(directories.dataHome);
    await writeFile(path, Buffer.concat([Buffer.from("\x7fELF", "latin1"), Buffer.alloc(60, 1)]));
    await chmod(path, 0o755);
    const infra = hostInfra({ explicitEnvoy: path });
    infra.upsert(selfServingFleet("ns/arch", 1, "x"));
    const status = await statusThat(infra, "ns/arch", (s) => s.problems.length > 0);
    expect(status.problems[0]?.message).toContain("architecture");
  });

  test("because the user's bootstrap is broken is failed until the spec changes", async () => {
    const infra = hostInfra();
    const spec = selfServingFleet("ns/broken", 1, "x", { bootstrap: { type: "Merge", value: "a: [" } });
    infra.upsert(spec);
    const status = await statusThat(infra, "ns/broken", (s) => s.state === "failed");
    expect(status.problems).toMatchObject([{ code: "bootstrap-invalid", field: "spec.bootstrap.value" }]);
  });
});
