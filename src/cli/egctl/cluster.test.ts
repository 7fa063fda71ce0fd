import { spawnSync } from "node:child_process";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { load } from "js-yaml";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { TestApiServer } from "../../kube/testing/api-server.ts";
import { Workplace } from "../../server/testing/workplace.ts";
import { testContext } from "../testing/context.ts";
import { runEgctl } from "./program.ts";

const group = "gateway.networking.k8s.io";
const kinds = {
  pod: { group: "", version: "v1", plural: "pods", kind: "Pod", isNamespaced: true },
  gatewayClass: { group, version: "v1", plural: "gatewayclasses", kind: "GatewayClass", isNamespaced: false },
  configMap: { group: "", version: "v1", plural: "configmaps", kind: "ConfigMap", isNamespaced: true },
  route: { group, version: "v1", plural: "httproutes", kind: "HTTPRoute", isNamespaced: true },
};
const proxy = { "app.kubernetes.io/component": "proxy", "app.kubernetes.io/managed-by": "envoy-gateway" };
const plane = { "control-plane": "envoy-gateway" };
const scraped = { "prometheus.io/scrape": "true", "prometheus.io/port": "19001", "prometheus.io/path": "/stats" };

const api = new TestApiServer(Object.values(kinds));
const work = new Workplace();
const servers: Server[] = [];
let kubeconfig = "";

/** An HTTP server that answers with what a path has. */
async function serve(answers: Readonly<Record<string, string>>): Promise<number> {
  const server = createServer((request, response) => {
    const answer = answers[request.url ?? ""];
    response.writeHead(answer === undefined ? 404 : 200).end(answer ?? '{"error":"not here"}');
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  servers.push(server);
  return (server.address() as AddressInfo).port;
}

function pod(
  namespace: string,
  name: string,
  labels: Record<string, string>,
  more: { phase?: string; annotations?: Record<string, string> } = {},
): void {
  const { phase = "Running", annotations = {} } = more;
  api.put(kinds.pod, {
    metadata: { namespace, name, labels, annotations },
    spec: { containers: [{ name: "main" }] },
    status: { phase },
  });
}

function configMap(namespace: string, name: string, labels: Record<string, string>, value: string): void {
  const annotations = { "kubectl.kubernetes.io/last-applied-configuration": value, note: "kept" };
  api.put(kinds.configMap, {
    metadata: { namespace, name, labels, annotations },
    data: { value },
    binaryData: { more: btoa(value) },
  });
}

const owned = (namespace: string, name: string): Record<string, string> => ({
  ...proxy,
  "gateway.envoyproxy.io/owning-gateway-namespace": namespace,
  "gateway.envoyproxy.io/owning-gateway-name": name,
});

const dump = (name: string): string =>
  JSON.stringify({
    configs: [
      { "@type": "type.googleapis.com/envoy.admin.v3.RoutesConfigDump", routes: name },
      {
        "@type": "type.googleapis.com/envoy.admin.v3.SecretsConfigDump",
        secret: { private_key: { inline_bytes: "c2VjcmV0" } },
      },
    ],
  });

const condition = {
  type: "Accepted",
  status: "True",
  reason: "Accepted",
  message: "fine",
  lastTransitionTime: "2026-01-01T00:00:00Z",
};

beforeAll(async () => {
  const envoy = (name: string): Promise<number> =>
    serve({
      "/config_dump?include_eds": dump(name),
      "/stats/prometheus": `of_${name} 1\n`,
      "/stats?format=json": `{"stats":"${name}"}`,
      "/stats": "scraped 1\n",
      "/clusters": `cluster of ${name}\n`,
    });
  const shop = await envoy("shop");
  api.forwardPorts(
    new Map([
      ["envoy-gateway-system/shop-1:19000", shop],
      ["envoy-gateway-system/shop-1:19001", shop],
      ["team/blog-1:19000", await envoy("blog")],
      ["team/deaf-1:8080", shop],
      [
        "envoy-gateway-system/plane-1:19000",
        await serve({
          "/api/info":
            '{"version":"v1","gatewayAPIVersion":"v2","envoyProxyVersion":"v3","gitCommitID":"4","goVersion":"5"}',
          "/api/config_dump?resource=hr": '{"httproutes":[]}',
        }),
      ],
    ]),
  );
  pod("envoy-gateway-system", "shop-1", owned("default", "shop"), { annotations: scraped });
  pod("envoy-gateway-system", "shop-2", owned("default", "shop"), { phase: "Pending" });
  pod("team", "blog-1", owned("team", "blog"));
  pod("other", "backend", { app: "backend" });
  configMap("envoy-gateway-system", "envoy-gateway-config", {}, "their configuration");
  configMap("team", "envoy-blog", proxy, "their bootstrap");
  configMap("team", "app", { app: "blog" }, "hunter2");
  pod("envoy-gateway-system", "plane-1", plane);
  api.put(kinds.gatewayClass, { metadata: { name: "eg" }, status: { conditions: [condition] } });
  api.put(kinds.route, {
    metadata: { namespace: "team", name: "blog" },
    status: { parents: [{ parentRef: { name: "blog" }, controllerName: "c", conditions: [condition] }] },
  });
  api.put(kinds.route, { metadata: { namespace: "default", name: "new" } });
  await api.listen();
  const named = { name: "test" };
  kubeconfig = work.write(
    "kubeconfig",
    JSON.stringify({
      "current-context": "test",
      contexts: [
        { ...named, context: { cluster: "test", user: "test" } },
        { name: "team", context: { cluster: "test", user: "test", namespace: "team" } },
        { name: "away", context: { cluster: "away", user: "test" } },
      ],
      clusters: [
        { ...named, cluster: { server: api.config.server } },
        { name: "away", cluster: { server: "http://127.0.0.1:1" } },
      ],
      users: [{ ...named, user: {} }],
    }),
  );
});
afterAll(async () => {
  for (const server of servers) server.close();
  await api.close();
  work.remove();
});

async function run(...args: string[]) {
  const context = testContext({ cwd: work.root });
  const code = await runEgctl([...args, "--kubeconfig", kubeconfig], context);
  return { code, out: context.out(), err: context.err() };
}

const skipped = "WARN: pod envoy-gateway-system/shop-2 is not running, skipping it.\n";

describe("egctl config envoy-proxy in a cluster", () => {
  const config = (...args: string[]) => run("config", "envoy-proxy", ...args);

  test("shows Envoys that run in the control plane's namespace, and tells which do not", async () => {
    const { code, out, err } = await config("route");
    expect([code, err]).toEqual([0, skipped]);
    const routes = { "@type": "type.googleapis.com/envoy.admin.v3.RoutesConfigDump", routes: "shop" };
    expect(JSON.parse(out)).toEqual({ "envoy-gateway-system": { "shop-1": routes } });
  });

  test("shows those of another namespace, of all, with a label, of a Gateway, or one by its name", async () => {
    const names = async (...args: string[]) => {
      const found = load((await config("all", "-o", "yaml", ...args)).out) as Record<string, object>;
      return Object.entries(found).flatMap(([namespace, pods]) =>
        Object.keys(pods).map((name) => `${namespace}/${name}`),
      );
    };
    expect(await names("-n", "team")).toEqual(["team/blog-1"]);
    expect(await names("-A")).toEqual(["envoy-gateway-system/shop-1", "team/blog-1"]);
    expect(await names("-A", "-l", "gateway.envoyproxy.io/owning-gateway-name=blog")).toEqual(["team/blog-1"]);
    expect(await names("default/shop")).toEqual(["envoy-gateway-system/shop-1"]);
    expect(await names("blog-1", "-A")).toEqual(["team/blog-1"]);
  });

  test("masks private keys", async () => {
    const { out } = await config("secret", "shop-1");
    expect(out).toContain("[redacted]");
    expect(out).not.toContain("c2VjcmV0");
  });

  test.each([
    [["-n", "empty"], "There is no Envoy in namespace empty; -n names another namespace, -A looks in all of them.\n"],
    [["lost"], "There is no Envoy lost in namespace envoy-gateway-system; there are shop-1, shop-2.\n"],
    [["shop-2"], `${skipped}No Envoy that fits is running.\n`],
    [["-l", "a=b", "-A"], "There is no Envoy with a=b in any namespace.\n"],
  ])("says with %j that there is none", async (args, message) => {
    const { code, out, err } = await config("all", ...args);
    expect([code, out, err]).toEqual([1, "", message]);
  });

  test("shows the others when one does not answer, and says why if none does", async () => {
    pod("team", "deaf-1", owned("team", "deaf"));
    const { code, out, err } = await config("route", "-n", "team");
    expect([code, Object.keys((JSON.parse(out) as { team: object }).team)]).toEqual([0, ["blog-1"]]);
    expect(err).toBe(
      "WARN: Nothing answers at port 19000 of pod team/deaf-1 (nothing listens on this port in the pod). Look at the pod's log.\n",
    );
    expect(await config("route", "-n", "team", "deaf-1")).toMatchObject({ code: 1, err: err.slice("WARN: ".length) });
    api.remove(kinds.pod, "team/deaf-1");
  });
});

test("egctl config envoy-gateway asks the control plane's pods", async () => {
  expect(JSON.parse((await run("config", "envoy-gateway", "hr")).out)).toEqual({
    "envoy-gateway-system": { "plane-1": { httproutes: [] } },
  });
  expect((await run("config", "gateway", "nothing")).err).toBe(
    "port 19000 of pod envoy-gateway-system/plane-1: /api/config_dump?resource=nothing: not here\n",
  );
});

test("egctl config envoy-ratelimit says that there is no such service", async () => {
  expect(await run("config", "envoy-ratelimit")).toMatchObject({
    code: 1,
    err: expect.stringMatching(/^global rate limit feature is not enabled: .*yet/) as string,
  });
});

describe("egctl x status in a cluster", () => {
  test("reads statuses from the API server, in the namespace of the context", async () => {
    const rows = [
      "NAME   PARENT REFERENCE   TYPE       STATUS   REASON",
      "blog   gateway/blog       Accepted   True     Accepted",
      "",
    ];
    expect((await run("x", "status", "httproute", "-n", "team")).out).toBe(rows.join("\n"));
    expect((await run("x", "status", "httproute", "--context", "team")).out).toBe(rows.join("\n"));
    expect((await run("x", "status", "gc")).out).toContain("eg     Accepted   True     Accepted");
    expect((await run("x", "status", "xroute", "-A")).out).toContain("team        httproute/blog   gateway/blog");
  });

  test("shows objects that nobody has looked at", async () => {
    expect((await run("x", "status", "httproute")).out).toBe("NAME   TYPE     STATUS   REASON\nnew    <none>\n");
  });

  test("names kinds that are not installed", async () => {
    expect((await run("x", "status", "sp")).err).toBe(
      `The cluster at ${api.config.server} has no SecurityPolicy: its CustomResourceDefinition is not installed.\n`,
    );
  });
});

test("egctl version tells the versions of each control plane", async () => {
  const { out } = await run("version");
  expect(load(out)).toMatchObject({
    server: [{ namespace: "envoy-gateway-system", name: "plane-1", envoyGatewayVersion: "v1", golangVersion: "5" }],
  });
});

test("egctl x stats prints text for Prometheus below the pod's name, or data", async () => {
  expect((await run("x", "stats", "envoy-proxy", "shop-1")).out).toBe("envoy-gateway-system/shop-1:\nof_shop 1\n");
  expect((await run("x", "stats", "ep", "-t", "clusters", "-n", "team")).out).toBe("team/blog-1:\ncluster of blog\n");
  expect(load((await run("x", "stats", "ep", "-n", "team", "-o", "yaml")).out)).toEqual({
    team: { "blog-1": { stats: "blog" } },
  });
});

test("egctl x dashboard leads a port of this machine to the pod until it is told to end", async () => {
  const context = testContext({ cwd: work.root });
  const ended = runEgctl(["x", "dashboard", "envoy-proxy", "shop-1", "--kubeconfig", kubeconfig], context);
  await expect.poll(context.out).toMatch(/^http:\/\/localhost:\d+\n$/);
  const url = context.out().trim().replace("localhost", "127.0.0.1");
  expect(await (await fetch(`${url}/clusters`)).text()).toBe("cluster of shop\n");
  context.stop();
  expect(await ended).toBe(0);
  await expect(fetch(url)).rejects.toThrow();
});

test("egctl x collect writes objects, logs, metrics and configurations without secrets, and tells what it could not get", async () => {
  api.intercept = ({ url }) => {
    if (url === `/apis/${group}`) return { status: 200, body: { preferredVersion: { version: "v1" } } };
    return url.includes("/namespaces/team/pods/blog-1/log") ? { status: 403 } : undefined;
  };
  const { code, out, err } = await run("x", "collect", "-o", "bundle");
  api.intercept = undefined;
  expect([code, out]).toEqual([1, "bundle.tar.gz\n"]);
  expect(err).toContain("WARN: cluster-resources/pods/logs/team/blog-1/main.log: ");
  const listed = spawnSync("tar", ["-tzf", join(work.root, "bundle.tar.gz")], { encoding: "utf8" }).stdout.split("\n");
  expect(listed).toEqual(
    expect.arrayContaining([
      "bundle/cluster-resources/gatewayclasses.gateway.networking.k8s.io.json",
      "bundle/cluster-resources/httproutes.gateway.networking.k8s.io.json",
      "bundle/cluster-resources/team/pods.json",
      "bundle/cluster-resources/pods/logs/envoy-gateway-system/shop-1/main.log",
      "bundle/cluster-resources-errors.json",
      "bundle/prometheus-metrics/envoy-gateway-system/shop-1.prom",
      "bundle/config-dumps/team/blog-1.json",
    ]),
  );
  expect(listed.filter((path) => path.includes("/other/"))).toEqual([]);
  const configMaps = (namespace: string): string =>
    spawnSync(
      "tar",
      ["-xzOf", join(work.root, "bundle.tar.gz"), `bundle/cluster-resources/${namespace}/configmaps.json`],
      {
        encoding: "utf8",
      },
    ).stdout;
  expect(configMaps("envoy-gateway-system")).toContain('"their configuration"');
  expect(configMaps("team")).toContain('"their bootstrap"');
  expect(configMaps("team")).toContain('"value": "[7 characters left out]"');
  expect(configMaps("team")).toContain('"note": "kept"');
  expect(configMaps("team")).not.toMatch(new RegExp(`hunter2|${btoa("hunter2")}`));
  const config = spawnSync("tar", ["-xzOf", join(work.root, "bundle.tar.gz"), "bundle/config-dumps/team/blog-1.json"]);
  expect(config.stdout.toString()).toContain("RoutesConfigDump");
  expect(config.stdout.toString()).not.toContain("SecretsConfigDump");
});

describe("where to look", () => {
  test("a cluster that does not answer, a context and a kubeconfig that do not exist are told with what to do", async () => {
    expect((await run("x", "status", "all", "--context", "away")).err).toBe(
      "The cluster at http://127.0.0.1:1 does not answer (connect ECONNREFUSED 127.0.0.1:1). --kubeconfig and --context choose another one.\n",
    );
    expect((await run("x", "status", "all", "--context", "lost")).err).toBe(`${kubeconfig} has no context "lost".\n`);
  });

  test("a cluster and a control plane outside one exclude each other", async () => {
    expect((await run("x", "status", "all", "--admin", "127.0.0.1:1")).err).toContain("leave out one of the two");
  });

  test("KUBECONFIG is taken like the option", async () => {
    const context = testContext({ cwd: work.root, env: { KUBECONFIG: kubeconfig } });
    expect(await runEgctl(["x", "status", "gc"], context)).toBe(0);
    expect(context.out()).toContain("eg     Accepted   True     Accepted");
  });
});
