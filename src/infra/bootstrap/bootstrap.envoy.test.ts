import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ensureCertificates } from "../../certificates/ensure.ts";
import { certificateDirectory } from "../../certificates/layout.ts";
import type { EnvoyProxySettings } from "../fleet.ts";
import { hasEnvoy, testEnvoy } from "../host/test-fleet.ts";
import { envoyArguments } from "./arguments.ts";
import { type BootstrapOptions, buildBootstrap } from "./bootstrap.ts";
import { customizeBootstrap } from "./customize.ts";
import type { JsonObject } from "./json.ts";
import {
  xdsCertificateFile,
  xdsCertificateResource,
  xdsTrustedAuthorityFile,
  xdsTrustedAuthorityResource,
} from "./sds.ts";

let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "eg-bootstrap-"));
  await ensureCertificates({ configHome: home, now: new Date() });
  const certificates = certificateDirectory(home, "envoy");
  await writeFile(join(home, xdsCertificateFile), JSON.stringify(xdsCertificateResource(certificates)));
  await writeFile(
    join(home, xdsTrustedAuthorityFile),
    JSON.stringify(xdsTrustedAuthorityResource(certificates, "localhost")),
  );
}, 30_000);
afterAll(() => rm(home, { recursive: true, force: true }));

const plain: BootstrapOptions = {
  xdsAddress: { host: "127.0.0.1", port: 18000 },
  adminAddress: { host: "127.0.0.1", port: 0 },
};

/** What Envoy says in validate mode, at level info: the line that all is well, and nothing about deprecated or unknown fields. */
async function validate(bootstrap: JsonObject, envoyProxy: EnvoyProxySettings = {}): Promise<string> {
  const fleet = {
    key: "ns/gw",
    name: "envoy-ns-gw",
    ports: [],
    envoyProxy: { logging: { level: { default: "info" } }, ...envoyProxy },
  };
  const args = envoyArguments({ fleet, bootstrap });
  const { stdout, stderr } = await promisify(execFile)(testEnvoy, [
    ...args,
    "--mode",
    "validate",
    "--disable-hot-restart",
  ]);
  return `${stdout}${stderr}`;
}

type Variant = readonly [name: string, options: () => Partial<BootstrapOptions>, envoyProxy: EnvoyProxySettings];

const variants: readonly Variant[] = [
  ["plaintext to an IP address", () => ({}), {}],
  ["a control plane found by name", () => ({ xdsAddress: { host: "localhost", port: 18000 } }), {}],
  ["a control plane at an IPv6 address", () => ({ xdsAddress: { host: "::1", port: 18000 } }), {}],
  ["mTLS from certificate files", () => ({ xdsTls: files() }), {}],
  ["mTLS from SDS files", () => ({ xdsTls: sds() }), {}],
  ["a local cluster for zones", () => ({ localCluster: "ns/gw" }), {}],
  ["metrics", () => metrics("0.0.0.0", undefined), {}],
  ["metrics compressed with Gzip", () => metrics("127.0.0.1", "Gzip"), {}],
  ["metrics compressed with Brotli", () => metrics("127.0.0.1", "Brotli"), {}],
  ["metrics compressed with Zstd", () => metrics("127.0.0.1", "Zstd"), {}],
  ["metrics on all IPv6 and IPv4 addresses", () => metrics("::", undefined), {}],
  [
    "all settings that become arguments",
    () => ({}),
    {
      logging: { level: { default: "info", upstream: "error", admin: "warn" } },
      concurrency: 2,
      shutdown: { drainTimeout: "1m30s" },
      extraArgs: ["--stats-tag", "team:a"],
    },
  ],
];

function files(): NonNullable<BootstrapOptions["xdsTls"]> {
  return { from: "files", certificateDirectory: certificateDirectory(home, "envoy"), serverName: "localhost" };
}

function sds(): NonNullable<BootstrapOptions["xdsTls"]> {
  return {
    from: "sds",
    certificate: join(home, xdsCertificateFile),
    trustedAuthorities: join(home, xdsTrustedAuthorityFile),
  };
}

function metrics(host: string, compression: string | undefined): Partial<BootstrapOptions> {
  return { prometheus: { address: { host, port: 19001 }, adminPort: 19000, compression } };
}

describe.runIf(hasEnvoy)("Envoy accepts the bootstrap without a warning:", { timeout: 30_000 }, () => {
  test.each(variants)("%s", async (_, options, envoyProxy) => {
    const output = await validate(buildBootstrap({ ...plain, ...options() }), envoyProxy);
    expect(output).toContain(" OK");
    expect(output).not.toMatch(/\[(warning|error|critical)\]/);
  });

  test("one that users changed in each way", async () => {
    const base = buildBootstrap(plain);
    const cluster = { name: "mine", type: "STATIC", connect_timeout: "1s", load_assignment: { cluster_name: "mine" } };
    const customs: NonNullable<EnvoyProxySettings["bootstrap"]>[] = [
      { type: "Merge", value: JSON.stringify({ staticResources: { clusters: [cluster] } }) },
      { type: "Replace", value: JSON.stringify({ ...base, stats_flush_interval: "7s" }) },
      { type: "JSONPatch", jsonPatches: [{ op: "add", path: "/static_resources/clusters/-", value: cluster }] },
    ];
    for (const custom of customs) {
      const result = await customizeBootstrap(base, custom);
      if (!("bootstrap" in result)) throw new Error(JSON.stringify(result.problems));
      expect(await validate(result.bootstrap)).toContain(" OK");
    }
  });
});
