import { describe, expect, test } from "vitest";
import type { EnvoyProxySettings, FleetSpec } from "../fleet.ts";
import { fleetName } from "../fleet.ts";
import { envoyArguments } from "./arguments.ts";
import { buildBootstrap } from "./bootstrap.ts";
import { customizeBootstrap, mergeJson } from "./customize.ts";
import { canonicalJson, type JsonObject } from "./json.ts";

const base = buildBootstrap({
  xdsAddress: { host: "127.0.0.1", port: 18000 },
  adminAddress: { host: "127.0.0.1", port: 0 },
});

async function problemsOf(bootstrap: EnvoyProxySettings["bootstrap"]): Promise<readonly (string | undefined)[]> {
  const result = await customizeBootstrap(base, bootstrap);
  return "problems" in result ? result.problems.flatMap(({ code, field }) => [code, field]) : [];
}

async function customized(bootstrap: EnvoyProxySettings["bootstrap"]): Promise<JsonObject> {
  const result = await customizeBootstrap(base, bootstrap);
  if ("problems" in result) throw new Error(JSON.stringify(result.problems));
  return result.bootstrap;
}

describe("a user's change of the bootstrap", () => {
  test("merged adds fields to maps and elements to lists, and leaves the rest", async () => {
    const merged = await customized({
      type: "Merge",
      value: "stats_flush_interval: 7s\nstatic_resources:\n  clusters: [{name: mine}]\n",
    });
    expect(merged).toMatchObject({ stats_flush_interval: "7s", admin: base.admin });
    expect((merged.static_resources as { clusters: { name: string }[] }).clusters.map((c) => c.name)).toEqual([
      "xds_cluster",
      "mine",
    ]);
  });

  test("may spell fields in camel case, as Envoy allows", async () => {
    const merged = await customized({
      type: "Merge",
      value: "staticResources: {clusters: [{name: mine}]}\nstatsFlushInterval: 7s\n",
    });
    expect(merged.staticResources).toBeUndefined();
    expect(merged.stats_flush_interval).toBe("7s");
    expect(await problemsOf({ type: "Merge", value: "dynamicResources: {adsConfig: {apiType: GRPC}}" })).toEqual([
      "bootstrap-invalid",
      "spec.bootstrap",
    ]);
  });

  test("may set how long Envoy waits for its first configuration", async () => {
    const merged = await customized({
      type: "Merge",
      value: "dynamic_resources: {lds_config: {initial_fetch_timeout: 5s}}",
    });
    expect(merged.dynamic_resources).toMatchObject({ lds_config: { initial_fetch_timeout: "5s", ads: {} } });
  });

  test.each([
    [
      "another way to listeners",
      { type: "Merge", value: "dynamic_resources: {lds_config: {path_config_source: {path: /x}}}" },
    ],
    ["no dynamic resources", { type: "Replace", value: JSON.stringify({ ...base, dynamic_resources: undefined }) }],
    ["no static resources", { type: "Replace", value: JSON.stringify({ ...base, static_resources: undefined }) }],
    ["a second xds_cluster", { type: "Merge", value: "static_resources: {clusters: [{name: xds_cluster}]}" }],
    [
      "another control plane",
      {
        type: "JSONPatch",
        jsonPatches: [
          {
            op: "replace",
            path: "/static_resources/clusters/0/load_assignment/endpoints/0/lb_endpoints/0/endpoint/address/socket_address/port_value",
            value: 1,
          },
        ],
      },
    ],
  ] as const)("is refused when it leaves %s", async (_, bootstrap) => {
    expect(await problemsOf(bootstrap)).toContain("bootstrap-invalid");
    expect(await problemsOf(bootstrap)).toContain("spec.bootstrap");
  });

  test("patched finds places by JSONPath, and leaves the base alone", async () => {
    const before = canonicalJson(base);
    const patched = await customized({
      type: "JSONPatch",
      jsonPatches: [
        {
          op: "add",
          jsonPath: "$.static_resources.clusters[?@.name=='xds_cluster']",
          path: "/connect_timeout",
          value: "3s",
        },
      ],
    });
    expect(patched.static_resources).toMatchObject({ clusters: [{ name: "xds_cluster", connect_timeout: "3s" }] });
    expect(canonicalJson(base)).toBe(before);
  });

  test.each([
    [{ type: "Merge", value: "a: [" }, "spec.bootstrap.value"],
    [{ type: "Replace", value: "just text" }, "spec.bootstrap.value"],
    [{ type: "JSONPatch", jsonPatches: [{ op: "remove", path: "/nothing/here" }] }, "spec.bootstrap.jsonPatches[0]"],
    [
      { type: "JSONPatch", jsonPatches: [{ op: "test", path: "/admin/address", value: 1 }] },
      "spec.bootstrap.jsonPatches[0]",
    ],
    [{ type: "JSONPatch", jsonPatches: [{ op: "add", value: 1 }] }, "spec.bootstrap.jsonPatches[0]"],
    [
      { type: "JSONPatch", jsonPatches: [{ op: "remove", jsonPath: "$.nothing" }] },
      "spec.bootstrap.jsonPatches[0].jsonPath",
    ],
    [{ type: "JSONPatch", jsonPatches: [{ op: "remove", jsonPath: "$[" }] }, "spec.bootstrap.jsonPatches[0].jsonPath"],
  ] as const)("that cannot be applied (%j) names the field", async (bootstrap, field) => {
    expect(await problemsOf(bootstrap)).toEqual(["bootstrap-invalid", field]);
  });

  test("merging replaces what is neither map nor list", () => {
    expect(mergeJson({ a: 1, b: [1], c: { d: 1 } }, { a: 2, b: [2], c: { e: 2 } })).toEqual({
      a: 2,
      b: [1, 2],
      c: { d: 1, e: 2 },
    });
    expect(mergeJson({ a: [1] }, { a: { b: 1 } })).toEqual({ a: { b: 1 } });
  });
});

describe("Envoy's arguments", () => {
  const fleet = (envoyProxy: EnvoyProxySettings = {}): FleetSpec => ({
    key: "default/eg",
    name: fleetName("default/eg"),
    ports: [],
    envoyProxy,
  });
  const argumentOf = (args: readonly string[], option: string): string | undefined => args[args.indexOf(option) + 1];

  test("name node and fleet, and are quiet by default", () => {
    const args = envoyArguments({ fleet: fleet(), bootstrap: base });
    expect(argumentOf(args, "--service-cluster")).toBe("default/eg");
    expect(argumentOf(args, "--service-node")).toBe("envoy-default-eg-e41e7b31");
    expect(argumentOf(args, "--log-level")).toBe("warn");
    expect(argumentOf(args, "--component-log-level")).toBe("misc:error");
    expect(args).not.toContain("--concurrency");
    expect(JSON.parse(argumentOf(args, "--config-yaml") ?? "")).toEqual(JSON.parse(JSON.stringify(base)));
  });

  test("take levels of components sorted, drain time rounded up, and an upper limit for the predecessor beyond it", () => {
    const args = envoyArguments({
      fleet: fleet({
        logging: { level: { upstream: "debug", default: "error", admin: "info" } },
        shutdown: { drainTimeout: "1500ms" },
        concurrency: 3,
      }),
      bootstrap: base,
    });
    expect(argumentOf(args, "--component-log-level")).toBe("admin:info,upstream:debug");
    expect(argumentOf(args, "--log-level")).toBe("error");
    expect(argumentOf(args, "--drain-time-s")).toBe("2");
    expect(Number(argumentOf(args, "--parent-shutdown-time-s"))).toBeGreaterThan(2);
    expect(argumentOf(args, "--concurrency")).toBe("3");
  });

  test.each([["--log-level", "debug"], ["-l", "debug"], ["--log-level=debug"]])(
    "let %s of extraArgs win, since Envoy takes an option once",
    (...extraArgs) => {
      const args = envoyArguments({ fleet: fleet({ extraArgs }), bootstrap: base });
      expect(args.filter((argument) => argument.startsWith("--log-level") || argument === "-l")).toHaveLength(1);
      expect(args.slice(-extraArgs.length)).toEqual(extraArgs);
    },
  );
});

describe("a fleet's name", () => {
  test("is the original's", () => {
    expect(fleetName("default/eg")).toBe("envoy-default-eg-e41e7b31");
  });

  test("is cut so that it fits, without a dash at the cut, and differs where keys differ", () => {
    const long = `${"a".repeat(47)}/${"b".repeat(60)}`;
    expect(fleetName(long)).toMatch(/^envoy-a{47}-[0-9a-f]{8}$/);
    expect(fleetName(`${long}c`)).not.toBe(fleetName(long));
  });
});

test("an Envoy that lost its control plane tries again every two seconds at the most", () => {
  expect(base.dynamic_resources).toMatchObject({
    ads_config: { grpc_services: [{ envoy_grpc: { retry_policy: { retry_back_off: { max_interval: "2s" } } } }] },
  });
});
