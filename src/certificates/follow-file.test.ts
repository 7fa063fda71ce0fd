import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type FollowedFile, followFile } from "./follow-file.ts";

let directory: string;
let followed: FollowedFile | undefined;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "followed-"));
});
afterEach(() => {
  followed?.close();
  rmSync(directory, { recursive: true });
});

/** Puts a Secret's file in place as a kubelet does: in a directory of its own, to which a link is swapped. */
function mount(version: string, content: string): void {
  mkdirSync(join(directory, version));
  writeFileSync(join(directory, version, "ca.crt"), content);
  symlinkSync(version, join(directory, "..data_tmp"));
  renameSync(join(directory, "..data_tmp"), join(directory, "..data"));
}

test("a mounted Secret that is swapped is told, and its text is the new one", async () => {
  mount("..1", "one");
  symlinkSync(join("..data", "ca.crt"), join(directory, "ca.crt"));
  const onChange = vi.fn();
  followed = followFile(join(directory, "ca.crt"), onChange);
  expect(followed.text).toBe("one");
  mount("..2", "two");
  await vi.waitFor(() => expect(followed?.text).toBe("two"), 10_000);
  expect(onChange).toHaveBeenCalledTimes(1);
});

test("what cannot be used, or is away, leaves the former text", async () => {
  const path = join(directory, "ca.crt");
  writeFileSync(path, "one");
  const onChange = vi.fn();
  const isUsable = vi.fn((text: string) => text !== "half");
  followed = followFile(path, onChange, isUsable);
  writeFileSync(join(directory, "new"), "half");
  renameSync(join(directory, "new"), path);
  await vi.waitFor(() => expect(isUsable).toHaveBeenCalledWith("half"), 10_000);
  rmSync(path);
  expect(followed.text).toBe("one");
  expect(onChange).not.toHaveBeenCalled();
});
