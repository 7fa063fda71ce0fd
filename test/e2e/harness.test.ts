import { expect, test } from "vitest";
import { eventually, freePorts, httpRoute, useBackend, useGateway } from "./harness/index.ts";

const gateway = useGateway();
const shop = useBackend("shop");

test("a request reaches the backend, which tells what it got", async () => {
  await gateway().apply(shop(), httpRoute("shop", "shop.test", "- backendRefs: [{ name: shop, port: 80 }]"));
  const answer = await gateway().request("/get?a=1", { host: "shop.test" });
  expect(answer.status).toBe(200);
  expect(answer.echo).toMatchObject({
    path: "/get?a=1",
    host: "shop.test",
    method: "GET",
    proto: "HTTP/1.1",
    namespace: "default",
    pod: "shop",
  });
});

/** Gateway `eg` with settings of its own beside those that the harness starts Envoy with. */
const withProxy = (settings: string, port = gateway().port) => `---
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: EnvoyProxy
metadata: { name: settings, namespace: default }
spec: { concurrency: 1, logging: { level: { default: warn, misc: warn } }, ${settings} }
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: eg, namespace: default }
spec:
  gatewayClassName: eg
  infrastructure: { parametersRef: { group: gateway.envoyproxy.io, kind: EnvoyProxy, name: settings } }
  listeners: [{ name: http, protocol: HTTP, port: ${port} }]
`;

test("what Envoy refuses is a complaint and stands in the status, while the former configuration serves", async () => {
  const sink = "{ type: File, file: { path: /no/such/folder/log } }";
  await gateway().apply(withProxy(`telemetry: { accessLog: { settings: [{ sinks: [${sink}] }] } }`));
  expect(
    gateway()
      .complaints.take(/refused listener/)
      .join(),
  ).toContain("/no/such/folder/log");
  expect(gateway().conditions("Gateway default/eg")).toContain("Programmed=False Invalid");
  expect((await gateway().request("/", { host: "shop.test" })).status).toBe(200);
  await gateway().apply(withProxy(""));
  await eventually(() => expect(gateway().conditions("Gateway default/eg")).toContain("Programmed=True Programmed"));
  expect((await gateway().request("/", { host: "shop.test" })).status).toBe(200);
});

test("the use of a deprecated field is a complaint", async () => {
  const [port] = await freePorts(1);
  const cluster = `{ name: old, connect_timeout: 1s, type: STRICT_DNS, dns_refresh_rate: 60s, load_assignment: { cluster_name: old } }`;
  const bootstrap = `bootstrap: { type: Merge, value: "static_resources: { clusters: [${cluster}] }" }`;
  await gateway().apply(
    withProxy(bootstrap, port).replaceAll("name: settings", "name: old").replace("{ name: eg,", "{ name: deprecated,"),
  );
  await eventually(async () => expect((await gateway().check()).join()).toContain("Cluster.dns_refresh_rate"));
  await gateway().delete("Gateway default/deprecated");
});
