/** TLSRoute, TCPRoute and UDPRoute, as far as the end-to-end tests do not show it already: see the catalog. */
import { beforeAll, expect, test } from "vitest";
import { askStream, askUdp, makeCertificate, streamRoute, tlsSecret, useStreamBackend } from "../e2e/harness/index.ts";
import { attached, expectListeners, expectParents, expectShares, grant, useTestBed } from "./support/index.ts";

const { gateway, apply } = useTestBed({
  listeners: ([tcp, udp, wild, exact, web, secure]) => `
- { name: tcp, protocol: TCP, port: ${tcp} }
- { name: udp, protocol: UDP, port: ${udp} }
- { name: wild, protocol: TLS, port: ${wild}, hostname: "*.wild.test", tls: { mode: Passthrough } }
- { name: exact, protocol: TLS, port: ${exact}, hostname: exact.test, tls: { mode: Passthrough } }
- { name: http, protocol: HTTP, port: ${web} }
- { name: https, protocol: HTTPS, port: ${secure}, tls: { certificateRefs: [{ name: cert }] } }`,
});
const names = ["one", "two", "three"];
const streams = names.map((name) => useStreamBackend(`tcp-${name}`, { protocol: "TCP" }));
const datagrams = names.map((name) => useStreamBackend(`udp-${name}`, { protocol: "UDP" }));
const far = useStreamBackend("far", async () => ({
  protocol: "TCP",
  namespace: "web",
  tls: await makeCertificate({ names: ["a.wild.test"] }),
}));
beforeAll(async () => {
  const all = [...streams, ...datagrams, far].map((backend) => backend().manifest);
  await gateway().apply(...all, tlsSecret("cert", await makeCertificate({ names: ["web.test"] })));
});

const weighted = (protocol: string) =>
  [70, 30, 0].map((weight, i) => `- { name: ${protocol}-${names[i]}, port: 80, weight: ${weight} }`).join("\n");

test("TCPRouteWeightedRouting: connections are shared out by weight within 5 %", async () => {
  const parents = "- { name: eg, sectionName: tcp }";
  await apply(streamRoute({ kind: "TCPRoute", name: "weights", parents, backends: weighted("tcp") }));
  expectParents(gateway(), "TCPRoute default/weights", { "Gateway default/eg#tcp": attached });
  const ask = async () => {
    const answer = await askStream(gateway().port);
    return answer === "closed" ? answer : answer.pod;
  };
  await expectShares(ask, { "tcp-one": 0.7, "tcp-two": 0.3, "tcp-three": 0 });
});

test("UDPRouteWeightedRouting: sessions are shared out by weight within 5 %", async () => {
  const parents = "- { name: eg, sectionName: udp }";
  await apply(streamRoute({ kind: "UDPRoute", name: "weights", parents, backends: weighted("udp") }));
  expectParents(gateway(), "UDPRoute default/weights", { "Gateway default/eg#udp": attached });
  const ask = async () => {
    const answer = await askUdp(gateway().ports[1] ?? 0);
    return answer === "silence" ? answer : answer.pod;
  };
  await expectShares(ask, { "udp-one": 0.7, "udp-two": 0.3, "udp-three": 0 });
});

const tlsRoute = (
  name: string,
  section: string,
  hostnames: readonly string[],
  backend = "{ name: tcp-one, port: 80 }",
) =>
  streamRoute({
    kind: "TLSRoute",
    name,
    parents: `- { name: eg, sectionName: ${section} }`,
    hostnames,
    backends: `- ${backend}`,
  });

/** Checks that a TLSRoute is attached nowhere for this reason, and that no listener counts it. */
function expectRefused(name: string, section: string, reason: string): void {
  expectParents(gateway(), `TLSRoute default/${name}`, {
    [`Gateway default/eg#${section}`]: [`Accepted=False ${reason}`],
  });
  const none = { attached: 0 };
  expectListeners(gateway(), "Gateway default/eg", {
    tcp: none,
    udp: none,
    wild: none,
    exact: none,
    http: none,
    https: none,
  });
}

test.each([
  ["exact", "www.none.test"],
  ["wild", "www.other.test"],
])(
  "TLSRouteInvalidNoMatchingListenerHostname: hosts that listener %s does not have are no match",
  async (section, host) => {
    await apply(tlsRoute("hosts", section, [host, host.replace("www", "*")]));
    expectRefused("hosts", section, "NoMatchingListenerHostname");
  },
);

test.each([
  ["http", "NotAllowedByListeners"],
  ["https", "NotAllowedByListeners"],
  ["nowhere", "NoMatchingParent"],
])("TLSRouteInvalidNoMatchingListener: listener %s takes no TLSRoute: %s", async (section, reason) => {
  await apply(tlsRoute("misplaced", section, ["tls.test"]));
  expectRefused("misplaced", section, reason);
});

test("TLSRouteInvalidReferenceGrant: a grant that differs in namespace, group, kind or name grants nothing", async () => {
  const right = grant("web/right", "TLSRoute default", "Service far");
  const wrong = {
    "wrong-namespace": right.replace("namespace: web", "namespace: default"),
    "wrong-from-group": right.replace("group: gateway.networking.k8s.io", "group: other.test"),
    "wrong-from-kind": right.replace("kind: TLSRoute", "kind: Gateway"),
    "wrong-from-namespace": right.replace("namespace: default }]", "namespace: other }]"),
    "wrong-to-group": right.replace('group: ""', "group: other.test"),
    "wrong-to-kind": right.replace("kind: Service", "kind: Secret"),
    "wrong-to-name": right.replace("name: far }", "name: other }"),
  };
  expect(new Set([right, ...Object.values(wrong)]).size).toBe(8);
  await apply(...Object.entries(wrong).map(([name, text]) => text.replace("name: right", `name: ${name}`)));
  await apply(tlsRoute("far", "wild", ["a.wild.test"], "{ name: far, namespace: web, port: 80 }"));
  const [, , port = 0] = gateway().ports;
  const parent = "Gateway default/eg#wild";
  expectParents(gateway(), "TLSRoute default/far", {
    [parent]: ["Accepted=True Accepted", "ResolvedRefs=False RefNotPermitted"],
  });
  expect(await askStream(port, { serverName: "a.wild.test" })).toBe("closed");
  await apply(right);
  expectParents(gateway(), "TLSRoute default/far", { [parent]: attached });
  expect(await askStream(port, { serverName: "a.wild.test" })).toMatchObject({ pod: "far", serverName: "a.wild.test" });
});
