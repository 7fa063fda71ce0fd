import { mkdtemp, readFile, rm, symlink, unlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readJournal, StatusJournal } from "./journal.ts";
import type { StoredStatus } from "./store.ts";
import type { StatusUpdate } from "./writer.ts";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "eg-status-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

function update(key: string, version: number | undefined): StatusUpdate {
  const status = version === undefined ? undefined : { addresses: [{ type: "IPAddress", value: `10.0.0.${version}` }] };
  return { kind: "Gateway", key, uid: "u", status, previous: undefined };
}

function journal(path: string, more: Partial<ConstructorParameters<typeof StatusJournal>[0]> = {}) {
  const statuses = new Map<string, StoredStatus>();
  const it = new StatusJournal({ path, statuses: () => [...statuses.values()], ...more });
  const write = (key: string, version: number | undefined): void => {
    const { status, kind, uid } = update(key, version);
    if (status) statuses.set(key, { kind, key, uid, status });
    else statuses.delete(key);
    it.write(update(key, version));
  };
  return { it, write, statuses };
}

test("what was written is there after a restart, the newest of each object, deleted ones not", async () => {
  const path = join(directory, "deep", "statuses.jsonl");
  const { it, write, statuses } = journal(path);
  write("ns/a", 1);
  write("ns/b", 1);
  await it.flush();
  write("ns/a", 2);
  write("ns/c", 1);
  write("ns/b", undefined);
  await it.flush();
  expect(await readJournal(path)).toEqual(["ns/a", "ns/c"].map((key) => statuses.get(key)));
});

test("a change appends one line, and the file is written anew when most of it is old", async () => {
  const path = join(directory, "statuses.jsonl");
  const { it, write } = journal(path);
  const lines = async (): Promise<number> => (await readFile(path, "utf8")).trimEnd().split("\n").length;
  write("ns/a", 0);
  await it.flush();
  for (let i = 1; i < 1_000; i += 1) {
    write("ns/a", i);
    await it.flush();
  }
  expect(await lines()).toBe(1_000);
  write("ns/a", 1_000);
  await it.flush();
  expect(await lines()).toBe(1);
});

test("a line cut off by a crash costs only that line", async () => {
  const path = join(directory, "statuses.jsonl");
  const { it, write, statuses } = journal(path);
  write("ns/a", 1);
  await it.flush();
  await writeFile(path, `${await readFile(path, "utf8")}{"kind":"Gateway","key":"ns/b","sta`);
  expect(await readJournal(path)).toEqual([...statuses.values()]);
  expect(await readJournal(join(directory, "nothing"))).toEqual([]);
});

test("a full disk is told once, and everything is there as soon as it takes again", async () => {
  const path = join(directory, "statuses.jsonl");
  // Writing to /dev/full fails as a full disk does.
  await symlink("/dev/full", `${path}.new`);
  const told: string[] = [];
  const { it, write, statuses } = journal(path, {
    onTrouble: (error) => told.push(String(error)),
    onRecovered: () => told.push("recovered"),
  });
  write("ns/a", 1);
  await it.flush();
  write("ns/b", 1);
  await it.flush();
  expect(told).toHaveLength(1);
  expect(told[0]).toContain("ENOSPC");
  await unlink(`${path}.new`);
  write("ns/c", 1);
  await it.flush();
  expect(told.at(-1)).toBe("recovered");
  expect(await readJournal(path)).toEqual([...statuses.values()]);
});
