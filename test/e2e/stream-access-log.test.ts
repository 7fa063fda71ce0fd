import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { askStream, askUdp, eventually, streamRoute, useGateway, useStreamBackend } from "./harness/index.ts";

const gateway = useGateway({ listeners: () => "" });
const tcp = useStreamBackend("tcp", { protocol: "TCP" });
const udp = useStreamBackend("udp", { protocol: "UDP" });

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "eg-log-"));
});
afterAll(() => rm(folder, { recursive: true }));

const line = "%REQUESTED_SERVER_NAME%|%UPSTREAM_CLUSTER%|%RESPONSE_FLAGS%|%BYTES_RECEIVED%";

test("connections of TCP and TLS listeners and sessions of UDP listeners are logged as the EnvoyProxy says", async () => {
  const [tcpPort = 0, udpPort = 0, tlsPort = 0] = gateway().ports;
  await gateway().apply(
    tcp().manifest,
    udp().manifest,
    `---
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: EnvoyProxy
metadata: { name: logged, namespace: default }
spec:
  concurrency: 1
  extraArgs: ["--file-flush-interval-msec 50"]
  telemetry:
    accessLog:
      settings:
        - { format: { type: Text, text: "${line}" }, sinks: [{ type: File, file: { path: ${folder}/log } }] }
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: eg, namespace: default }
spec:
  gatewayClassName: eg
  infrastructure: { parametersRef: { group: gateway.envoyproxy.io, kind: EnvoyProxy, name: logged } }
  listeners:
    - { name: tcp, protocol: TCP, port: ${tcpPort} }
    - { name: udp, protocol: UDP, port: ${udpPort} }
    - { name: tls, protocol: TLS, port: ${tlsPort}, hostname: a.test, tls: { mode: Passthrough } }
`,
    streamRoute({
      kind: "TCPRoute",
      name: "t",
      parents: "- { name: eg, sectionName: tcp }",
      backends: "- { name: tcp, port: 80 }",
    }),
    streamRoute({ kind: "UDPRoute", name: "u", parents: "- { name: eg }", backends: "- { name: udp, port: 80 }" }),
    streamRoute({
      kind: "TLSRoute",
      name: "s",
      parents: "- { name: eg }",
      hostnames: ["a.test"],
      backends: "- { name: missing, port: 80 }",
    }),
  );
  expect(await askStream(tcpPort)).toMatchObject({ pod: "tcp" });
  expect(await askStream(tlsPort, { serverName: "a.test" })).toBe("closed");
  expect(await askStream(tlsPort, { serverName: "nobody.test" })).toBe("closed");
  expect(await askUdp(udpPort)).toMatchObject({ pod: "udp" });
  // A session is logged when it ends, here with the route; Envoy does not say where it went.
  await gateway().delete("UDPRoute default/u");
  await eventually(async () => {
    const lines = (await readFile(join(folder, "log"), "utf8")).trim().split("\n").sort();
    expect(lines).toEqual([
      "-|-|-|4",
      "-|tcproute/default/t/rule/-1|-|4",
      "a.test|tlsroute/default/s/rule/-1|UH|0",
      "nobody.test|-|NR|0",
    ]);
  });
});
