import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bundle } from "./bundle.ts";
import { writeBlob, writeExecutable } from "./executable.ts";
import { findPlatform, ownPlatform } from "./platform.ts";

const folder = mkdtempSync(join(tmpdir(), "executable-test-"));
const program = join(folder, "program");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A program in two modules, one of them imported late, that says what it sees of itself. */
beforeAll(async () => {
  writeFileSync(join(folder, "late.ts"), 'export const late: string = "late";\n');
  writeFileSync(
    join(folder, "main.ts"),
    `import { getHeapSpaceStatistics } from "node:v8";
async function main(): Promise<void> {
  const kept: unknown[][] = [];
  for (let round = 0; round < 300; round += 1) kept.splice(0, kept.length > 20 ? 1 : 0, new Array(10_000).fill(null).map(() => ({})));
  const young = getHeapSpaceStatistics().find((space) => space.space_name === "new_space");
  const { late } = await import("./late.ts");
  console.log(JSON.stringify({ late, build: ENVOY_GATEWAY_BUILD, folder: import.meta.dirname, args: process.argv.slice(2), young: young?.space_size }));
}
main();
`,
  );
  const script = await bundle(join(folder, "main.ts"), { version: "v1.2.3", commit: "abc" });
  writeExecutable(script, findPlatform(ownPlatform), program);
}, 120_000);

test("an executable runs by itself, far from the sources, and prints no warnings", () => {
  const ran = spawnSync(program, ["one", "--two"], { cwd: "/", env: { PATH: "/nowhere" }, encoding: "utf8" });
  expect(ran.stderr).toBe("");
  expect(ran.status).toBe(0);
  expect(JSON.parse(ran.stdout)).toMatchObject({
    late: "late",
    build: { version: "v1.2.3", commit: "abc" },
    folder,
    args: ["one", "--two"],
  });
});

test("its young generation stays small however much it allocates", () => {
  const ran = spawnSync(program, { encoding: "utf8" });
  const { young } = JSON.parse(ran.stdout) as { young: number };
  expect(young).toBeGreaterThan(0);
  expect(young).toBeLessThanOrEqual(2 * 16 * 1024 * 1024);
});

test("a platform that cannot be built for is named, with those that can", () => {
  expect(() => findPlatform("linux_mips")).toThrow("linux_mips; known are linux_amd64, linux_arm64");
});

test("without a compiled form, what is put into the executable is the same wherever it is made", () => {
  const blobs = ["one", "two"].map((name) => {
    const own = join(folder, name);
    mkdirSync(own);
    return readFileSync(writeBlob("console.log(1);", own, false));
  });
  expect(blobs[0]?.equals(blobs[1] ?? Buffer.alloc(0))).toBe(true);
});
