/** egctl against the guide's cluster, while the quickstart's Gateway serves (S260 to S262). */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { describe, expect, test } from "vitest";
import { root } from "../../../tools/lint/check.ts";
import type { Guide } from "../harness/guide.ts";

const namespace = "envoy-gateway-system";
const ofGateway = /^envoy-default-eg-[0-9a-f]{8}-/;
const program = "node src/cli/egctl.ts";

type Json = { readonly [field: string]: Json };

/** Runs `egctl`; the cluster is that of KUBECONFIG. */
export function commandLine(guide: () => Pick<Guide, "output" | "run">): void {
  const egctl = (args: string): Promise<string> => guide().output(`${program} ${args}`);
  const dumps = async (args: string): Promise<Json> => JSON.parse(await egctl(args)) as Json;

  describe("egctl", () => {
    test("shows each part of what an Envoy's pod is configured with, without private keys", async () => {
      for (const [part, dump] of Object.entries({
        bootstrap: "BootstrapConfigDump",
        cluster: "ClustersConfigDump",
        endpoint: "EndpointsConfigDump",
        listener: "ListenersConfigDump",
        route: "RoutesConfigDump",
        secret: "SecretsConfigDump",
      })) {
        const pods = (await dumps(`config envoy-proxy ${part} default/eg`))[namespace] ?? {};
        expect(Object.keys(pods)).toEqual([expect.stringMatching(ofGateway)]);
        const text = JSON.stringify(pods);
        expect(text).toContain(`envoy.admin.v3.${dump}`);
        if (part === "route") expect(text).toContain("www.example.com");
        if (part === "secret") expect(text).toContain('"private_key":{"inline_bytes":"[redacted]"}');
      }
      const all = await dumps("config envoy-proxy all -A -l gateway.envoyproxy.io/owning-gateway-name=eg");
      expect(JSON.stringify(all)).toContain("envoy.admin.v3.EndpointsConfigDump");
    });

    test("shows objects as the control plane's pods hold them, and its versions", async () => {
      const held = await dumps("config envoy-gateway httproute");
      expect(JSON.stringify(held[namespace])).toContain('"name":"backend"');
      expect(await egctl("version")).toMatch(/^client: .*\nserver:\n {2}- namespace: envoy-gateway-system\n/);
    });

    test("S260: prints statuses as a table", async () => {
      const [head, gateway, ...rest] = (await egctl("x status gateway -n default")).split("\n");
      expect(head?.split(/ {2,}/)).toEqual(["NAME", "TYPE", "STATUS", "REASON"]);
      expect(gateway).toMatch(/^eg +\S+ +True +/);
      expect(rest.join("\n")).toMatch(/Accepted +True +Accepted/);
      expect(await egctl("x status xroute -A")).toMatch(/default +httproute\/backend +gateway\/eg +Accepted +True/);
    });

    test("S261: leads to an Envoy's admin pages", async () => {
      const env = await guide().output('echo "$KUBECONFIG"');
      const child = spawn("node", ["src/cli/egctl.ts", "x", "dashboard", "envoy-proxy", "default/eg", "--no-browser"], {
        cwd: root,
        env: { ...process.env, KUBECONFIG: env.trim() },
        stdio: ["ignore", "pipe", "inherit"],
      });
      try {
        const [url] = await lines(child.stdout, 1);
        const answer = await fetch(`${url?.replace("localhost", "127.0.0.1")}/server_info`);
        expect(await answer.json()).toMatchObject({ state: "LIVE" });
      } finally {
        child.kill();
      }
    });

    test("S262: says that there is no rate limit service", async () => {
      const { code, errors } = await guide().run(`${program} config ratelimit`);
      expect([code, errors]).toEqual([1, expect.stringContaining("global rate limit feature is not enabled")]);
    });

    test("prints what Envoys counted, and collects it with logs and objects", async () => {
      expect(await egctl("x stats envoy-proxy default/eg")).toContain("\nenvoy_server_live{} 1\n");
      const listed = await guide().output(
        `folder=$(mktemp -d); ${program} x collect -o "$folder/bundle" >&2 && tar -tzf "$folder/bundle.tar.gz"; rm -r "$folder"`,
      );
      expect(listed).toContain("bundle/cluster-resources/gateways.gateway.networking.k8s.io.json\n");
      expect(listed).toMatch(/bundle\/cluster-resources\/pods\/logs\/envoy-gateway-system\/envoy-gateway-\S+\.log\n/);
      expect(listed).toMatch(/bundle\/config-dumps\/envoy-gateway-system\/envoy-default-eg-\S+\.json\n/);
      expect(listed).toMatch(/bundle\/prometheus-metrics\/envoy-gateway-system\/envoy-default-eg-\S+\.prom\n/);
    });
  });
}

/** The first lines of a stream. */
async function lines(stream: NodeJS.ReadableStream, count: number): Promise<string[]> {
  const read: string[] = [];
  for await (const line of createInterface({ input: stream })) {
    read.push(line);
    if (read.length === count) break;
  }
  return read;
}
