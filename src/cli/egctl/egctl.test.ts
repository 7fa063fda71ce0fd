import { spawnSync } from "node:child_process";
import { load } from "js-yaml";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { gatewayManifest, Workplace } from "../../server/testing/workplace.ts";
import { testContext } from "../testing/context.ts";
import { runEgctl } from "./program.ts";

let work: Workplace;
beforeEach(() => {
  work = new Workplace();
});
afterEach(() => work.remove());

async function run(args: readonly string[], stdin?: string) {
  const context = testContext({ cwd: work.root, ...(stdin !== undefined && { stdin }) });
  const code = await runEgctl(args, context);
  return { code, out: context.out(), err: context.err() };
}

const route = `---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: r, namespace: default }
spec:
  parentRefs: [{ name: eg }]
  hostnames: [www.example.com]
  rules: [{ backendRefs: [{ name: shop, port: 80 }] }]
`;
const service = `---
apiVersion: v1
kind: Service
metadata: { name: shop, namespace: default }
spec: { clusterIP: 10.0.0.7, ports: [{ port: 80 }] }
`;
const all = `${gatewayManifest(80)}${route}${service}`;

type Json = { readonly [key: string]: unknown };

describe("egctl validate", () => {
  test("accepts good manifests", async () => {
    work.write("manifests/all.yaml", all);
    expect(await run(["validate", "-f", "manifests"])).toEqual({
      code: 0,
      out: "4 valid objects, no problems\n",
      err: "",
    });
  });

  test("tells schema errors, rules and references with place, object and field", async () => {
    const bad = `${gatewayManifest(80)}${route.replace("hostnames: [www.example.com]", "hostnames: [UPPER]\n  hostNames: [x]")}${route
      .replace("name: r,", "name: lost,")
      .replace("shop", "nobody")}`;
    work.write("bad.yaml", bad);
    const { code, out } = await run(["validate", "-f", "bad.yaml"]);
    expect(code).toBe(1);
    expect(out).toMatch(/^error: .*bad\.yaml:18:15: HTTPRoute default\/r: spec\.hostnames\[0\]: /m);
    expect(out).toMatch(
      /^warning: .*bad\.yaml:19:3: HTTPRoute default\/r: spec\.hostNames: unknown field; did you mean "hostnames"\?$/m,
    );
    expect(out).toMatch(
      /^error: .*bad\.yaml:\d+: HTTPRoute default\/lost: spec\.rules\[0\]\.backendRefs\[0\]: Service default\/nobody does not exist/m,
    );
    expect(out).toMatch(/\n3 valid objects, 2 errors, 1 warning\n$/);
  });

  test("reads the standard input, and prints data for programs", async () => {
    const { code, out } = await run(["x", "validate", "-f", "-", "-o", "json"], "kind: [");
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      valid: false,
      objects: 0,
      problems: [{ severity: "error", code: "YamlSyntax", file: "<stdin>" }],
    });
  });
});

test("egctl validate says where it looked when nothing is there", async () => {
  expect(await run(["validate", "-f", "-"], "# nothing\n")).toEqual({
    code: 0,
    out: "0 valid objects, no problems\n",
    err: "There are no manifests in -. Of directories *.yaml, *.yml and *.json are read.\n",
  });
});

describe("egctl translate", () => {
  const translate = async (...args: string[]) => {
    const { code, out, err } = await run(["experimental", "translate", "-f", "-", ...args], all);
    expect([code, err]).toEqual([0, ""]);
    return load(out) as Json;
  };

  test("prints objects with their statuses, grouped by kind, and Envoy's configuration", async () => {
    const document = await translate();
    expect(document).toMatchObject({
      gatewayClass: { metadata: { name: "eg" }, status: { conditions: [{ type: "Accepted", status: "True" }] } },
      gateways: [{ metadata: { name: "eg" }, status: { listeners: [{ name: "http", attachedRoutes: 1 }] } }],
      httpRoutes: [
        {
          metadata: { name: "r" },
          status: {
            parents: [
              {
                conditions: [
                  { type: "Accepted", status: "True" },
                  { type: "ResolvedRefs", status: "True" },
                ],
              },
            ],
          },
        },
      ],
    });
    const { configs } = (document["xds"] as unknown as Json)["default/eg"] as unknown as {
      configs: { "@type": string }[];
    };
    const part = (name: string) => configs.find((config) => config["@type"].endsWith(`.${name}`));
    expect(configs.map((config) => config["@type"].split(".").at(-1))).toEqual(
      expect.arrayContaining([
        "BootstrapConfigDump",
        "EndpointsConfigDump",
        "ClustersConfigDump",
        "ListenersConfigDump",
        "RoutesConfigDump",
      ]),
    );
    expect(part("BootstrapConfigDump")).toMatchObject({
      bootstrap: { dynamicResources: { adsConfig: { apiType: "DELTA_GRPC" } } },
    });
    // Services are reached at their cluster IP, and ports Envoy may not have in a pod are shifted.
    expect(JSON.stringify(part("EndpointsConfigDump") ?? part("ClustersConfigDump"))).toContain('"address":"10.0.0.7"');
    expect(JSON.stringify(part("ListenersConfigDump"))).toContain('"portValue":10080');
    expect(JSON.stringify(part("RoutesConfigDump"))).toContain('"www.example.com"');
  });

  test("prints the same for the same manifests", async () => {
    expect(await translate("--to", "gateway-api,xds,ir")).toEqual(await translate("--to", "gateway-api,xds,ir"));
  });

  test("prints one part of Envoy's configuration, without objects", async () => {
    const document = await translate("--to", "xds", "--type", "route");
    expect(Object.keys(document)).toEqual(["xds"]);
    expect(document["xds"]).toMatchObject({
      "default/eg": {
        "@type": "type.googleapis.com/envoy.admin.v3.RoutesConfigDump",
        dynamicRouteConfigs: [{ routeConfig: { virtualHosts: [{ domains: ["www.example.com"] }] } }],
      },
    });
  });

  test("prints what lies between objects and Envoy", async () => {
    const document = await translate("--to", "ir", "-o", "json");
    expect(document).toMatchObject({
      xdsIR: { "default/eg": { routes: [{ virtualHosts: [{ from: ["HTTPRoute default/r"] }] }] } },
      infraIR: { "default/eg": { gateways: ["default/eg"], proxy: { ports: [{ name: "http" }] } } },
    });
  });

  test("needs a GatewayClass, or leave to invent what is missing", async () => {
    const [, gateway = ""] = gatewayManifest(80).split("---\n");
    const lacking = `${gateway}${route}`;
    expect(await run(["x", "translate", "-f", "-"], lacking)).toMatchObject({
      code: 1,
      out: "",
      err: expect.stringContaining("the GatewayClass resource is required") as string,
    });
    const { code, out } = await run(
      ["x", "translate", "-f", "-", "--add-missing-resources", "--to", "gateway-api"],
      lacking,
    );
    expect(code).toBe(0);
    expect(load(out)).toMatchObject({
      gatewayClass: { metadata: { name: "eg" } },
      namespaces: [{ metadata: { name: "default" } }],
      services: [{ metadata: { name: "shop" }, spec: { clusterIP: "10.96.1.2" } }],
      httpRoutes: [
        {
          status: {
            parents: [
              {
                conditions: [
                  { type: "Accepted", status: "True" },
                  { type: "ResolvedRefs", status: "True" },
                ],
              },
            ],
          },
        },
      ],
    });
  });

  test("invents a GatewayClass where not even a Gateway asks for one", async () => {
    const namespace = "apiVersion: v1\nkind: Namespace\nmetadata: { name: lonely }\n";
    const { out } = await run(
      ["x", "translate", "-f", "-", "--add-missing-resources", "--to", "gateway-api"],
      namespace,
    );
    expect(load(out)).toMatchObject({ gatewayClass: { metadata: { name: "eg" } } });
  });

  test("shows what is asked for at once or one after the other", async () => {
    expect(Object.keys(await translate("--to", "ir,xds"))).toEqual(["xdsIR", "infraIR", "xds"]);
    expect(Object.keys(await translate("--to=ir", "--to", "xds"))).toEqual(["xdsIR", "infraIR", "xds"]);
  });

  test("takes Services with names a cluster would not take, and warns of them", async () => {
    const manifests = all.concat(
      "---\napiVersion: v1\nkind: Service\nmetadata: { name: theBackend, namespace: default }\n",
    );
    const { code, out, err } = await run(["x", "translate", "-f", "-", "--to", "gateway-api"], manifests);
    expect([code, err]).toEqual([
      0,
      expect.stringMatching(/^warning: .*Service default\/theBackend: metadata\.name: should be a DNS name/),
    ]);
    expect(out).toContain("name: theBackend");
  });

  test("is refused for an object that breaks its schema, by name", async () => {
    const { code, out, err } = await run(["x", "translate", "-f", "-"], all.replace("www.example.com", "UPPER"));
    expect([code, out]).toEqual([1, ""]);
    expect(err).toContain("HTTPRoute default/r: spec.hostnames[0]");
  });

  test.each([
    [["--to", "yaml"], "yaml is none of gateway-api, xds, ir."],
    [["--type", "virtualhost"], "Allowed choices are all, bootstrap"],
  ])("%j is no option", async (args, message) => {
    const { code, err } = await run(["x", "translate", "-f", "-", ...args], all);
    expect([code, err]).toEqual([1, expect.stringContaining(message)]);
  });
});

describe("egctl without a control plane", () => {
  test("says in one line that nothing answers", async () => {
    const { code, err } = await run(["x", "status", "all", "--admin", "127.0.0.1:1"]);
    expect([code, err]).toEqual([
      1,
      expect.stringMatching(/^Nothing answers at http:\/\/127\.0\.0\.1:1 \(ECONNREFUSED\)\..*\n$/),
    ]);
  });

  test("names the kinds that have statuses", async () => {
    const { code, err } = await run(["x", "status", "secret"]);
    expect([code, err]).toEqual([
      1,
      expect.stringMatching(
        /^There are no statuses of secret\. Supported: all, xroute, xpolicy, gatewayclass, gateway, /,
      ),
    ]);
  });

  test("has a version", async () => {
    for (const args of [
      ["version", "--remote=false"],
      ["v", "--no-remote"],
      ["versions", "-o", "json", "--remote=0"],
    ])
      expect(await run(args)).toMatchObject({ code: 0, out: expect.stringMatching(/^[^\s:]+\n$/) as string });
    expect((await run(["version"])).out).toMatch(/^client: \S+\n/);
    expect(JSON.parse((await run(["version", "-ojson", "--remote=true"])).out)).toHaveProperty("client");
    expect((await run(["version", "--admin", "127.0.0.1:1"])).err).toContain("Nothing answers at http://127.0.0.1:1");
    expect((await run(["version", "--remote=maybe"])).err).toBe("egctl: unknown option '--remote=maybe'\n");
  });
});

describe("completion", () => {
  test("scripts name all commands and their options", async () => {
    for (const shell of ["bash", "zsh", "fish", "powershell"]) {
      const { code, out } = await run(["completion", shell]);
      expect(code).toBe(0);
      for (const word of ["translate", "add-missing-resources", "envoy-proxy"]) expect(out).toContain(word);
    }
    expect((await run(["completion", "csh"])).err).toBe(
      "There is no completion for csh; there is for bash, zsh, fish, powershell.\n",
    );
  });

  test("bash completes commands, other names of them included, and options", async () => {
    const { out } = await run(["completion", "bash"]);
    const complete = (...words: string[]): string[] => {
      const script = `${out}\nCOMP_WORDS=(egctl ${words.map((word) => `'${word}'`).join(" ")})\nCOMP_CWORD=${words.length}\n_egctl_completion\nprintf '%s\\n' "\${COMPREPLY[@]}"\n`;
      return spawnSync("bash", ["-c", script], { encoding: "utf8" }).stdout.trim().split("\n");
    };
    expect(complete("exp")).toEqual(["experimental"]);
    expect(complete("x", "tr")).toEqual(["translate"]);
    expect(complete("x", "translate", "--add")).toEqual(["--add-missing-resources"]);
  });
});
