import { expect, test } from "vitest";
import { type Machine, missing, packagesToInstall } from "./prerequisites.ts";

const complete: Machine = { platform: "linux", userId: 0, exists: () => true, goVersion: () => "go1.26.8" };

test("nothing is missing on a machine that has everything", () => {
  expect(missing(false, complete)).toBeUndefined();
  expect(missing(false, { ...complete, goVersion: () => "go2.0" })).toBeUndefined();
});

test("all that is missing is told in one sentence, with the command that installs it", () => {
  const bare: Machine = { ...complete, userId: 1000, exists: () => false, goVersion: () => undefined };
  expect(missing(false, bare)).toBe(
    "a local cluster needs to be run as root (it makes Linux namespaces and a network interface), and Go 1.26 or newer, and what " +
      "this installs on Debian or Ubuntu: apt-get install conntrack containernetworking-plugins iproute2 iptables nftables runc util-linux",
  );
});

test("a Go that is too old is named; once everything is built, none is needed", () => {
  const old: Machine = { ...complete, goVersion: () => "go1.22.1" };
  expect(missing(false, old)).toBe("a local cluster needs Go 1.26 or newer (this is go1.22.1)");
  expect(missing(true, old)).toBeUndefined();
});

test("a program may be in any of the system's folders", () => {
  const exists = (path: string): boolean =>
    path === "/usr/lib/cni/bridge" || (path.startsWith("/sbin/") && path !== "/sbin/runc");
  expect(missing(true, { ...complete, exists })).toContain("apt-get install runc");
});

test("packages that are missing are listed, each once", () => {
  expect(packagesToInstall(complete)).toEqual([]);
  const exists = (path: string): boolean => !/\/(runc|unshare|nsenter)$/.test(path);
  expect(packagesToInstall({ ...complete, exists })).toEqual(["runc", "util-linux"]);
});

test("other systems than Linux are told so", () => {
  expect(missing(true, { ...complete, platform: "darwin" })).toBe("a local cluster needs Linux, and this is darwin");
});
