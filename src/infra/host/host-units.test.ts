import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { durationMs } from "../../api/duration.ts";
import type { FleetSpec } from "../fleet.ts";
import { Backoff } from "./backoff.ts";
import { hostDirectories, privateDirectory } from "./directories.ts";
import { countBusy, drainPlan } from "./drain.ts";
import { findEnvoy } from "./envoy-binary.ts";
import { followLog, type LogLine, parseLogLine } from "./envoy-log.ts";
import { launchHash } from "./envoy-process.ts";
import { bindProblem, portProblems } from "./ports.ts";
import { baseIdOf } from "./process-record.ts";
import { identify, isRunning } from "./process-table.ts";
import { lastObjection, succession } from "./succession.ts";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "eg-units-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

describe("finding an Envoy", () => {
  const script = async (path: string, version = "1.40.0"): Promise<string> => {
    await mkdir(join(path, ".."), { recursive: true });
    await writeFile(path, `#!/bin/sh\necho "envoy  version: 0123abcd/${version}/Clean/RELEASE/BoringSSL"\n`);
    await chmod(path, 0o755);
    return path;
  };
  const options = () => ({
    dataHome: join(directory, "data"),
    bundled: [] as { path: string; version: string }[],
    searchPath: join(directory, "bin"),
  });

  test("prefers what the user named, then the versioned one, then the one that came along, then PATH", async () => {
    const named = await script(join(directory, "named"), "1.2.3");
    const versioned = await script(join(directory, "data/envoy-versions/1.40.0/bin/envoy"));
    const bundled = { path: await script(join(directory, "bundled")), version: "1.40.0" };
    const onPath = await script(join(directory, "bin/envoy"), "1.40.7");
    const all = { ...options(), bundled: [bundled] };
    expect(await findEnvoy({ ...all, explicit: named })).toEqual({ path: named });
    expect(await findEnvoy(all)).toEqual({ path: versioned });
    await rm(versioned);
    expect(await findEnvoy(all)).toEqual({ path: bundled.path });
    expect(await findEnvoy(options())).toEqual({ path: onPath });
  });

  test("takes another version only when nothing fits, and says so", async () => {
    const bundled = { path: await script(join(directory, "bundled")), version: "1.40.0" };
    await script(join(directory, "bin/envoy"), "1.12.0");
    expect(await findEnvoy({ ...options(), bundled: [bundled], version: "v1.41.2" })).toEqual({
      path: bundled.path,
      warning: expect.stringContaining("Envoy 1.41.2 is wanted"),
    });
  });

  test("says where it looked and what to do when there is none", async () => {
    const result = await findEnvoy({ ...options(), version: "1.41.0" });
    expect(result).toMatchObject({ code: "envoy-not-found" });
    expect("message" in result && result.message).toContain(join(directory, "data/envoy-versions/1.41.0/bin/envoy"));
    expect("message" in result && result.message).toContain("ENVOY_BIN");
  });

  test.each([
    ["a directory", async (path: string) => mkdir(path), "not a file"],
    ["not executable", async (path: string) => writeFile(path, "#!/bin/sh\n", { mode: 0o644 }), "not executable"],
    ["a text", async (path: string) => writeFile(path, "hello", { mode: 0o755 }), "not a program"],
  ] as const)("refuses a named one that is %s", async (_, make, reason) => {
    const path = join(directory, "x");
    await make(path);
    expect(await findEnvoy({ ...options(), explicit: path })).toMatchObject({
      code: "envoy-unusable",
      message: expect.stringContaining(reason),
    });
  });
});

describe("Envoy's log", () => {
  test("is understood line by line; further lines keep the level", () => {
    const line = "[2026-11-26 04:33:50.257][14160][warning][config] [source/server/options_impl.cc:287] something old";
    expect(parseLogLine(line, "info")).toEqual({ level: "warn", component: "config", message: "something old" });
    expect(parseLogLine("[2026-11-26 04:33:50.257][1][critical][main] no source", "info")).toEqual({
      level: "error",
      component: "main",
      message: "no source",
    });
    expect(parseLogLine("  - name: x", "error")).toEqual({ level: "error", component: "", message: "  - name: x" });
  });

  test("is followed: lines arrive whole and once, however they were written, also after the file was emptied", async () => {
    const path = join(directory, "log");
    await writeFile(path, "before\n");
    const seen: string[] = [];
    const follower = await followLog({ path, onLine: (line: LogLine) => seen.push(line.message) });
    const append = async (text: string): Promise<void> => {
      await writeFile(path, text, { flag: "a" });
      await follower.flush();
    };
    await append("one\ntw");
    await append("o\nthree\n");
    await writeFile(path, "");
    await follower.flush();
    await append("four\n");
    await follower.stop();
    expect(seen).toEqual(["one", "two", "three", "four"]);
  });

  test("names the port that cannot be bound, and what to do about it", () => {
    const ports = [{ name: "web", port: 80, transport: "TCP" as const }];
    const busy = bindProblem(
      "error adding listener '0.0.0.0:80': cannot bind '0.0.0.0:80': Address already in use",
      ports,
    );
    expect(busy).toMatchObject({
      code: "port-busy",
      message: expect.stringMatching(/^Port 80 of listener web is in use .*spec\.listeners\[\]\.port/),
    });
    const forbidden = bindProblem("cannot bind '[::]:80': Permission denied", ports);
    expect(forbidden).toMatchObject({ code: "port-forbidden", message: expect.stringContaining("1024") });
    expect(bindProblem("all is well", ports)).toBeUndefined();
  });

  test("gives its last error as the reason of a failure", () => {
    const output =
      "[t][1][info][main] starting\n[t][1][critical][main] [a.cc:1] error initializing: bad field\n[t][1][info][main] exiting\n";
    expect(lastObjection(output)).toBe("error initializing: bad field");
    expect(lastObjection("PARSE ERROR\n   for --x\n\n")).toBe("for --x");
    expect(lastObjection("")).toBe("");
  });
});

describe("ports", () => {
  const fleet = (key: string, port: number): FleetSpec => ({
    key,
    name: key,
    ports: [{ name: "http", port, transport: "TCP" }],
  });

  test("that two Gateways want are reported, for Envoys would share them in silence", async () => {
    const [problem, ...more] = await portProblems(fleet("ns/b", 1), [fleet("ns/a", 1), fleet("ns/c", 2)], new Set());
    expect(problem).toMatchObject({ code: "port-busy", message: expect.stringContaining("Gateway ns/a") });
    expect(more).toEqual([]);
  });

  test.runIf(process.platform === "linux")("held by an own process are no problem, by any other they are", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const port = typeof address === "object" && address ? address.port : 0;
    try {
      expect(await portProblems(fleet("ns/a", port), [], new Set([process.pid]))).toEqual([]);
      expect(await portProblems(fleet("ns/a", port), [], new Set())).toMatchObject([
        { message: expect.stringContaining(`process ${process.pid}`) },
      ]);
    } finally {
      server.close();
    }
  });
});

describe("draining", () => {
  test("waits for requests and for connections that are not HTTP, not for idle HTTP connections or Envoy's own", () => {
    const stats = [
      "http.admin.downstream_cx_active: 1",
      "http.admin.downstream_rq_active: 1",
      "http.eg.downstream_cx_active: 5",
      "http.eg.downstream_rq_active: 2",
      "listener.0.0.0.0_8888.downstream_cx_active: 8",
      "listener.0.0.0.0_8888.worker_0.downstream_cx_active: 8",
      "listener.0.0.0.0_19001.downstream_cx_active: 4",
      "listener.admin.downstream_cx_active: 1",
    ].join("\n");
    expect(countBusy(stats)).toBe(2 + 3);
    expect(countBusy("listener.[__]_19003.downstream_cx_active: 1\nhttp.eg.downstream_cx_active: 5\n")).toBe(0);
    expect(countBusy("")).toBe(0);
  });

  test("follows the EnvoyProxy where it says something", () => {
    expect(drainPlan(undefined, 5_000)).toEqual({ timeoutMs: 5_000, minMs: 0, healthCheckFailureDelayMs: 0 });
    expect(
      drainPlan({ shutdown: { drainTimeout: "1m", minDrainDuration: "2s", healthCheckFailureDelay: "500ms" } }, 5_000),
    ).toEqual({
      timeoutMs: 60_000,
      minMs: 2_000,
      healthCheckFailureDelayMs: 500,
    });
  });
});

test("durations are read as the Gateway API writes them", () => {
  expect(["1h30m", "500ms", "1m0s", "0s", "x", "", "1.5s", "-1s"].map(durationMs)).toEqual([
    5_400_000,
    500,
    60_000,
    0,
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

test("waits double up to the limit, and begin anew after a long life", () => {
  const backoff = new Backoff({ initialMs: 100, maxMs: 500, resetAfterMs: 60_000 });
  expect([0, 0, 0, 0, 59_999].map((lived) => backoff.next(lived))).toEqual([100, 200, 400, 500, 500]);
  expect([60_000, 0].map((lived) => backoff.next(lived))).toEqual([100, 200]);
});

describe("successive processes", () => {
  const owner = { name: "envoy-x", settings: { directories: hostDirectories({ runtimeDir: "/run/x" }) } };
  const plan = { binary: "/envoy", args: ["a"] };

  test("of the same program are numbered for a hot restart", () => {
    const first = succession(undefined, plan, [], owner);
    expect(first).toEqual({ ...plan, baseId: baseIdOf(owner.settings.directories, "envoy-x", 0), epoch: 0 });
    expect(succession(first, { ...plan, args: ["b"] }, [], owner)).toEqual({
      binary: "/envoy",
      args: ["b"],
      baseId: first.baseId,
      epoch: 1,
    });
  });

  test("of another program, or after one that died, do not touch each other's memory", () => {
    const first = succession(undefined, plan, [], owner);
    const second = succession(first, { ...plan, binary: "/other" }, [], owner);
    expect(second).toMatchObject({ epoch: 0 });
    expect(second.baseId).not.toBe(first.baseId);
    expect(succession(undefined, plan, [first], owner).baseId).toBe(second.baseId);
  });

  test("are not numbered by us when the user does or forbids it", () => {
    for (const option of ["--disable-hot-restart", "--base-id=7"]) {
      expect(succession(undefined, { binary: "/envoy", args: [option] }, [], owner)).toEqual({
        binary: "/envoy",
        args: [option],
        epoch: 0,
      });
    }
  });

  test("have base ids that Envoy can multiply by ten in 32 bits", () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(20), (name, attempt) => {
        const id = baseIdOf(owner.settings.directories, name, attempt);
        expect(id).toBeGreaterThan(0);
        expect(id * 10).toBeLessThan(2 ** 32);
      }),
    );
  });

  test("are compared by program and arguments", () => {
    const hash = launchHash(plan);
    expect(launchHash({ ...plan })).toBe(hash);
    expect(launchHash({ ...plan, args: ["a", ""] })).not.toBe(hash);
    expect(launchHash({ ...plan, binary: "/other" })).not.toBe(hash);
  });
});

test("a process is told apart from a later one of the same number", async () => {
  const self = await identify(process.pid);
  expect(self?.pid).toBe(process.pid);
  if (!self) throw new Error("not found");
  expect(await isRunning(self)).toBe(true);
  expect(await isRunning({ ...self, startedAt: "1" })).toBe(false);
  expect(await identify(4_194_304)).toBeUndefined();
});

test("a runtime directory is made for its owner only; a link or file in its place is refused", async () => {
  const { symlink, stat } = await import("node:fs/promises");
  const path = join(directory, "a/b");
  await privateDirectory(path);
  expect((await stat(path)).mode & 0o777).toBe(0o700);
  await symlink(path, join(directory, "link"));
  await expect(privateDirectory(join(directory, "link"))).rejects.toThrow("is not a directory");
});
