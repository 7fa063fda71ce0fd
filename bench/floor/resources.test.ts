import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { anyUnpack } from "@bufbuild/protobuf/wkt";
import { afterEach, beforeEach, expect, test } from "vitest";
import { BootstrapSchema } from "../../src/gen/envoy/config/bootstrap/v3/bootstrap_pb.js";
import { ClusterSchema } from "../../src/gen/envoy/config/cluster/v3/cluster_pb.js";
import { RouteConfigurationSchema } from "../../src/gen/envoy/config/route/v3/route_pb.js";
import { DiscoveryResponseSchema } from "../../src/gen/envoy/service/discovery/v3/discovery_pb.js";
import { projectEnvoy } from "../program.ts";
import { backendBootstrap, floorBootstrap, httpListener } from "./bootstraps.ts";
import { cluster, clusterFile, encodeClusters, encodeHosts, routeFile, tableName, virtualHost } from "./resources.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "bench-floor-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** What `envoy --mode validate` says about a bootstrap. */
async function validate(bootstrap: Uint8Array): Promise<string> {
  const file = join(folder, "bootstrap.pb");
  await writeFile(file, bootstrap);
  const { stdout, stderr } = await promisify(execFile)(projectEnvoy, ["--mode", "validate", "-l", "warn", "-c", file]);
  return stdout + stderr;
}

function clustersIn(file: Uint8Array) {
  return fromBinary(DiscoveryResponseSchema, file).resources.map((any) => anyUnpack(any, ClusterSchema));
}

function tableIn(file: Uint8Array) {
  const [only] = fromBinary(DiscoveryResponseSchema, file).resources;
  return only && anyUnpack(only, RouteConfigurationSchema);
}

const clusters = encodeClusters([cluster("a", [20_001]), cluster("b", [20_002, 20_003])]);
const hosts = encodeHosts([virtualHost("a.test", [{ prefix: "/", cluster: "a" }])]);
const moreHosts = encodeHosts([virtualHost("b.test", [{ prefix: "/x", cluster: "b" }])]);

test("parts that were encoded apart are one file with all clusters and all virtual hosts", () => {
  const file = clusterFile("1", [clusters, encodeClusters([cluster("c", [20_004])])]);
  expect(clustersIn(file).map((one) => one?.name)).toEqual(["a", "b", "c"]);
  expect(fromBinary(DiscoveryResponseSchema, file).versionInfo).toBe("1");
  const table = tableIn(routeFile("2", [hosts, moreHosts]));
  expect(table?.name).toBe(tableName);
  expect(table?.virtualHosts.flatMap((host) => host.domains)).toEqual(["a.test", "b.test"]);
});

test("Envoy accepts the clusters and routes of the files", async () => {
  const table = tableIn(routeFile("1", [hosts, moreHosts]));
  if (table === undefined) throw new Error("no route table in the file");
  const listeners = [httpListener("http", 20_000, { case: "routeConfig", value: table })];
  const all = clustersIn(clusterFile("1", [clusters])).filter((one) => one !== undefined);
  const bootstrap = create(BootstrapSchema, { staticResources: { listeners, clusters: all } });
  expect(await validate(toBinary(BootstrapSchema, bootstrap))).toMatch(/OK/);
});

test("Envoy accepts the bootstraps of backends and floor", async () => {
  expect(await validate(backendBootstrap([20_001, 20_002]))).toMatch(/OK/);
  await writeFile(join(folder, "cds.pb"), clusterFile("1", [clusters]));
  await writeFile(join(folder, "rds.pb"), routeFile("1", [hosts]));
  expect(await validate(floorBootstrap(folder, 20_000, tableName))).toMatch(/OK/);
});
