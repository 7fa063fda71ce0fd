import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { versionInfo } from "../../src/server/version.ts";
import { conformanceSuite, parts } from "./build/parts.ts";
import { goFolder } from "./paths.ts";
import { versions } from "./versions.ts";

const goMod = (name: string): string => readFileSync(join(goFolder, name, "go.mod"), "utf8");

test.each([
  ["kubernetes", "k8s.io/kubernetes", versions.kubernetes],
  ["etcd", "go.etcd.io/etcd/server/v3", versions.etcd],
  ["containerd", "github.com/containerd/containerd/v2", versions.containerd],
  ["coredns", "github.com/coredns/coredns", versions.coredns],
  ["echo", "sigs.k8s.io/gateway-api-conformance-images", versions.echoBackend],
  ["conformance", "sigs.k8s.io/gateway-api/conformance", versions.gatewayAPI],
])("go/%s requires %s %s", (name, module, version) => {
  expect(goMod(name)).toMatch(new RegExp(`^\\s*(require )?${module} ${version}( // indirect)?$`, "m"));
});

test("every module of Kubernetes itself has the version that belongs to the server's", () => {
  const replaced = [...goMod("kubernetes").matchAll(/=> k8s\.io\/\S+ (v\S+)/g)].map(([, version]) => version);
  expect(replaced.length).toBeGreaterThan(20);
  expect(new Set(replaced)).toEqual(new Set([versions.kubernetes.replace("v1.", "v0.")]));
});

test("the conformance suite is that of the Gateway API that is built in", () => {
  expect(versions.gatewayAPI).toBe(versionInfo.gatewayAPIVersion);
});

test("each part has a Go module, and a program a name of its own", () => {
  const all = [...parts, conformanceSuite];
  const programs = all.flatMap(({ programs, links = {} }) => [
    ...Object.keys(programs),
    ...Object.values(links).flat(),
  ]);
  expect(new Set(programs).size).toBe(programs.length);
  for (const { name } of all) expect(goMod(name)).toMatch(/^module /);
});
