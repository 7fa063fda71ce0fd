import { createPrivateKey, X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runEgctl } from "../src/cli/egctl/program.ts";
import { testContext } from "../src/cli/testing/context.ts";
import { Authority } from "./certificates.ts";
import { listenerHostOf, routesOfSets, tlsListeners } from "./listener-manifests.ts";
import { type Manifests, yamlOf } from "./manifests.ts";

const ports = [20_001, 20_002, 20_003, 20_004];
const listeners = 150;
const rotated = 75;
const authority = new Authority();
const certificates = Array.from({ length: listeners }, (_, index) => authority.issue(listenerHostOf(index)));

function textOf(manifests: Manifests): string {
  return [...manifests.values()].map(yamlOf).join("---\n");
}

function count(manifests: Manifests, pattern: RegExp): number {
  return textOf(manifests).match(pattern)?.length ?? 0;
}

test.each([
  ["TLS listeners", () => tlsListeners(certificates, rotated, 20_000, ports)],
  ["routes of ListenerSets", () => routesOfSets({ sets: 12, routesPerSet: 16 }, 20_000, ports)],
])("%s and what they refer to are valid", async (_, manifestsOf) => {
  const folder = mkdtempSync(join(tmpdir(), "bench-listeners-"));
  try {
    for (const [name, objects] of manifestsOf()) writeFileSync(join(folder, name), yamlOf(objects));
    const context = testContext({ cwd: folder });
    const code = await runEgctl(["validate", "-f", folder], context);
    expect([code, context.err()]).toEqual([0, ""]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("each TLS listener has a hostname and a Secret of its own, 64 at most stand in one object", () => {
  const manifests = tlsListeners(certificates, rotated, 20_000, ports);
  expect(count(manifests, /hostname: l\d+\.bench\.test/g)).toBe(listeners);
  expect(count(manifests, /^kind: Secret$/gm)).toBe(listeners);
  expect(count(manifests, /^kind: ListenerSet$/gm)).toBe(2);
  expect(manifests.get("rotated.yaml")?.map(({ metadata }) => metadata.name)).toEqual([`cert-${rotated}`]);
});

test("each ListenerSet has a listener and as many routes as are asked for", () => {
  const manifests = routesOfSets({ sets: 12, routesPerSet: 16 }, 20_000, ports);
  expect(count(manifests, /hostname: '\*\.s\d+\.bench\.test'/g)).toBe(12);
  expect(count(manifests, /^kind: HTTPRoute$/gm)).toBe(12 * 16);
  expect(new Set(textOf(manifests).match(/r\d+\.s\d+\.bench\.test/g)).size).toBe(12 * 16);
});

test("certificates share few keys, but each is for one hostname and known by its number", () => {
  expect(new Set(certificates.map(({ key }) => key)).size).toBeLessThanOrEqual(4);
  expect(new Set(certificates.map(({ serialNumber }) => serialNumber)).size).toBe(listeners);
  for (const [index, { cert, serialNumber }] of certificates.entries()) {
    const read = new X509Certificate(cert);
    expect([read.serialNumber, read.subjectAltName]).toEqual([serialNumber, `DNS:${listenerHostOf(index)}`]);
    expect([read.subject, read.issuer]).toEqual([`CN=${listenerHostOf(index)}`, "CN=bench authority"]);
    expect(Date.parse(read.validTo) - Date.parse(read.validFrom)).toBe(31 * 86_400_000);
    expect(read.checkPrivateKey(createPrivateKey(certificates[index]?.key ?? ""))).toBe(true);
  }
});
