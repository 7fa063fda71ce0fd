import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Entry, tar } from "./tar.ts";

const file = (text: string, mode?: number): Entry => ({
  kind: "file",
  content: Buffer.from(text),
  ...(mode !== undefined && { mode }),
});

function list(entries: ReadonlyMap<string, Entry>, ...options: string[]): string[] {
  const listed = spawnSync("tar", ["--list", "--file=-", ...options], {
    input: Buffer.concat(tar(entries)),
    encoding: "utf8",
  });
  expect(listed.stderr).toBe("");
  return listed.stdout.trimEnd().split("\n");
}

test("tar reads what was written: contents, modes, links, and folders that nobody named", () => {
  const entries = new Map<string, Entry>([
    ["usr/bin/program", file("#!", 0o755)],
    ["etc/name", file("ö")],
    ["lib", { kind: "link", target: "usr/lib" }],
    ["tmp", { kind: "folder", mode: 0o1777 }],
  ]);
  expect(list(entries, "--verbose", "--numeric-owner", "--utc")).toEqual([
    "drwxr-xr-x 0/0               0 1970-01-01 00:00 etc/",
    "-rw-r--r-- 0/0               2 1970-01-01 00:00 etc/name",
    "lrwxrwxrwx 0/0               0 1970-01-01 00:00 lib -> usr/lib",
    "drwxrwxrwt 0/0               0 1970-01-01 00:00 tmp/",
    "drwxr-xr-x 0/0               0 1970-01-01 00:00 usr/",
    "drwxr-xr-x 0/0               0 1970-01-01 00:00 usr/bin/",
    "-rwxr-xr-x 0/0               2 1970-01-01 00:00 usr/bin/program",
  ]);
  const read = spawnSync("tar", ["--extract", "--to-stdout", "--file=-", "etc/name"], {
    input: Buffer.concat(tar(entries)),
  });
  expect(read.stdout.toString()).toBe("ö");
});

test("the order in which entries are given makes no difference", () => {
  const entries = fc.uniqueArray(fc.tuple(fc.stringMatching(/^[a-z]{1,8}$/), fc.uint8Array({ maxLength: 1_200 })), {
    selector: ([path]) => path,
    minLength: 1,
    maxLength: 6,
  });
  fc.assert(
    fc.property(entries, (given) => {
      const archive = (pairs: typeof given): Buffer =>
        Buffer.concat(tar(new Map(pairs.map(([path, content]) => [path, { kind: "file", content }]))));
      expect(archive([...given].reverse()).equals(archive(given))).toBe(true);
      expect(archive(given).length % 512).toBe(0);
    }),
  );
});

test("a path longer than a header's field is parted at a slash, and one that cannot be is refused", () => {
  const long = `${"folder/".repeat(20)}name`;
  expect(list(new Map([[long, file("x")]])).at(-1)).toBe(long);
  expect(() => tar(new Map([["x".repeat(101), file("x")]]))).toThrow("too long for a tar archive");
});
