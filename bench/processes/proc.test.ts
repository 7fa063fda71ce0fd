import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { findProcess, parseStat, processesThatName, processTree, residentMb } from "./proc.ts";

test("times are read though the command has spaces and parentheses", () => {
  const text =
    "42 (a (b) c) S 7 42 42 0 -1 4194304 1 2 3 4 150 50 0 0 20 0 1 0 9000 1000000 500 18446744073709551615 0 0 0";
  expect(parseStat(text)).toEqual({ pid: 42, parent: 7, cpuMs: 2000, startedAt: 9000 });
});

test("a process has memory, and its tree has the processes below it", async () => {
  const child = spawn("sh", ["-c", "sleep 60 & echo on; wait"], { stdio: ["ignore", "pipe", "inherit"] });
  await once(child.stdout, "data");
  const tree = processTree(child.pid ?? 0);
  try {
    expect(tree.map(({ parent }) => parent)).toEqual([process.pid, child.pid]);
    expect(residentMb(process.pid)).toBeGreaterThan(10);
  } finally {
    for (const { pid } of tree) process.kill(pid);
  }
  await once(child, "exit");
  expect(findProcess(child.pid ?? 0)).toBeUndefined();
});

test("processes are found by what their arguments name, wherever their parent has gone", async () => {
  const name = `/tmp/somewhere-${process.pid}/x`;
  const parent = spawn("sh", ["-c", `sh -c 'sleep 60' ${name} & echo $!`], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = (await once(parent.stdout, "data")) as [Buffer];
  await once(parent, "exit");
  const orphan = Number(line.toString());
  try {
    expect(processesThatName(`/tmp/somewhere-${process.pid}`)).toEqual([orphan]);
  } finally {
    for (const { pid } of processTree(orphan)) process.kill(pid);
  }
});
