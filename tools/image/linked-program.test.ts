import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { librariesOf, linkedProgram } from "./linked-program.ts";

test("the paths of libraries are taken from ldd's words, the loader's own line too", () => {
  const listing = [
    "\tlinux-vdso.so.1 (0x00007f64)",
    "\tlibm.so.6 => /lib/x86_64-linux-gnu/libm.so.6 (0x00007f64)",
    "\tlibmissing.so => not found",
    "\t/lib64/ld-linux-x86-64.so.2 (0x00007f64)",
  ].join("\n");
  expect(librariesOf(listing)).toEqual(["/lib/x86_64-linux-gnu/libm.so.6", "/lib64/ld-linux-x86-64.so.2"]);
});

test("Node runs with the files of its image and nothing else", { timeout: 60_000 }, () => {
  const files = linkedProgram("node", process.execPath);
  const top = mkdtempSync(join(tmpdir(), "linked-program-test-"));
  try {
    for (const [path, entry] of files) {
      const target = join(top, path);
      mkdirSync(dirname(target), { recursive: true });
      if (entry.kind === "folder") mkdirSync(target);
      else if (entry.kind === "link") symlinkSync(entry.target, target);
      else writeFileSync(target, entry.content, { mode: entry.mode ?? 0o644 });
    }
    // The loader is told to look for libraries in the image only; --list names those it finds.
    const libraries = [...files.keys()].filter((path) => path.includes(".so"));
    const loader = libraries.find((path) => path.includes("ld-linux")) ?? "";
    const folders = [...new Set(libraries.map((path) => join(top, dirname(path))))].join(":");
    const args = ["--inhibit-cache", "--library-path", folders, join(top, "usr/local/bin/node"), "--print", "6 * 7"];
    const ran = spawnSync(join(top, loader), args, { encoding: "utf8" });
    expect(ran.stdout + ran.stderr).toBe("42\n");
    const listed = spawnSync(join(top, loader), ["--list", ...args.slice(0, 4)], { encoding: "utf8" });
    for (const library of librariesOf(listed.stdout)) expect(library.startsWith(top)).toBe(true);
  } finally {
    rmSync(top, { recursive: true, force: true });
  }
});

test("an image trusts the authorities that Node trusts, and knows a user without rights", () => {
  const files = linkedProgram("node", process.execPath);
  const text = (path: string): string => {
    const entry = files.get(path);
    return entry?.kind === "file" ? Buffer.from(entry.content).toString() : "";
  };
  expect(text("etc/ssl/certs/ca-certificates.crt").match(/BEGIN CERTIFICATE/g)?.length).toBeGreaterThan(50);
  expect(text("etc/passwd")).toContain("nonroot:x:65532:65532:");
});
