/** What becomes of ListenerSets as they come, change and go. What the official suite asks for is shown in test/conformance. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectExchanges, expectParents, latestStatus, route, useTestBed } from "../conformance/support/index.ts";
import {
  askStream,
  askUdp,
  eventually,
  gatewayManifest,
  openHttp2,
  sendOver,
  streamRoute,
  useStreamBackend,
} from "./harness/index.ts";
import { issuerManifest, type JwtIssuer, jwtPolicy, startIssuer } from "./jwt-issuer.ts";

const all = "allowedRoutes: { namespaces: { from: All } }";
const listener = (name: string) =>
  `- { name: ${name}, protocol: HTTP, port: ${gateway().port}, hostname: ${name}.test, ${all} }\n`;
const everybody = "allowedListeners: { namespaces: { from: All } }";

const { gateway, apply } = useTestBed({
  listeners: ([port]) => `- { name: own, protocol: HTTP, port: ${port}, hostname: own.test, ${all} }`,
  more: () => everybody,
});
const eg = "Gateway default/eg";
const tcp = useStreamBackend("tcp", { protocol: "TCP" });
const udp = useStreamBackend("udp", { protocol: "UDP" });
let issuer: JwtIssuer;

beforeAll(async () => {
  issuer = await startIssuer();
  await gateway().apply(tcp().manifest, udp().manifest, issuerManifest(issuer));
});
afterAll(() => issuer.stop());

const setGateway = (more: string) => gateway().apply(gatewayManifest(listener("own"), "eg", more));

/** A ListenerSet of the Gateway. */
function listenerSet(name: string, listeners: string): string {
  return `---
apiVersion: gateway.networking.k8s.io/v1
kind: ListenerSet
metadata: { name: ${name}, namespace: default }
spec:
  parentRef: { name: eg, namespace: default }
  listeners:
${listeners.replaceAll(/^/gm, "    ")}
`;
}

const parent = (set: string) => `- { kind: ListenerSet, name: ${set} }\n`;
const own = "- { name: eg }\n";

/** A route to a backend for the path of its name. */
const serving = (name: string, parents: string) =>
  route("HTTPRoute", name, {
    parents,
    rules: `- { matches: [{ path: { value: /${name} } }], backendRefs: [{ name: v1, port: 80 }] }`,
  });

const attachedSets = () => latestStatus(gateway(), eg).attachedListenerSets ?? 0;

test("sets and listeners that come and go drain no connection to the port", async () => {
  await apply(listenerSet("set", listener("a")), serving("r", own + parent("set")));
  const session = await openHttp2(gateway().port);
  try {
    const ask = async (host: string) => (await sendOver(session, "/r", { host })).status;
    expect([await ask("own.test"), await ask("a.test"), await ask("b.test")]).toEqual([200, 200, 404]);
    await apply(listenerSet("more", listener("b")), serving("r", own + parent("set") + parent("more")));
    await eventually(async () => expect(await ask("b.test")).toBe(200));
    await gateway().delete("ListenerSet default/set", "ListenerSet default/more");
    await eventually(async () =>
      expect([await ask("own.test"), await ask("a.test"), await ask("b.test")]).toEqual([200, 404, 404]),
    );
    expect(session.closed).toBe(false);
  } finally {
    session.close();
  }
});

test("a set brings its own port, which goes with it", async () => {
  const port = gateway().ports[2] ?? 0;
  await apply(listenerSet("set", `- { name: a, protocol: HTTP, port: ${port} }`), serving("r", parent("set")));
  await eventually(() => expectExchanges(gateway(), { port }, [{ path: "/r", backend: "v1" }]));
  await gateway().delete("ListenerSet default/set");
  await eventually(() => expect(gateway().request("/r", { port })).rejects.toThrow());
});

test("a set moves to another Gateway with its routes", async () => {
  const [, port] = gateway().ports;
  await apply(
    gatewayManifest(`- { name: other, protocol: HTTP, port: ${port}, hostname: other.test }`, "second", everybody),
    listenerSet("set", listener("a")),
    serving("r", parent("set")),
  );
  await expectExchanges(gateway(), {}, [{ path: "/r", host: "a.test", backend: "v1" }]);
  const moved = listenerSet("set", `- { name: a, protocol: HTTP, port: ${port}, hostname: a.test }`);
  await apply(moved.replace("name: eg", "name: second"));
  await eventually(() =>
    expectExchanges(gateway(), { port: port ?? 0 }, [{ path: "/r", host: "a.test", backend: "v1" }]),
  );
  await eventually(() => expectExchanges(gateway(), {}, [{ path: "/r", host: "a.test", status: 404 }]));
  expect([attachedSets(), latestStatus(gateway(), "Gateway default/second").attachedListenerSets]).toEqual([0, 1]);
});

test("routes that ask for default Gateways are served by them while they are default ones", async () => {
  const asking = `---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: asking, namespace: web }
spec:
  useDefaultGateways: All
  rules: [{ backendRefs: [{ name: web, port: 80 }] }]
`;
  await setGateway(`${everybody}\ndefaultScope: All`);
  await apply(asking);
  expectParents(gateway(), "HTTPRoute web/asking", { [eg]: ["Accepted=True Accepted"] });
  await expectExchanges(gateway(), {}, [{ path: "/", host: "own.test", backend: "web" }]);
  await setGateway(everybody);
  expect(gateway().status("HTTPRoute web/asking")).toBeUndefined();
  await expectExchanges(gateway(), {}, [{ path: "/", host: "own.test", status: 404 }]);
});

test("a set brings listeners of any protocol", async () => {
  const [, one = 0] = gateway().ports;
  await apply(
    listenerSet("set", `- { name: tcp, protocol: TCP, port: ${one} }\n- { name: udp, protocol: UDP, port: ${one} }\n`),
    ...["tcp", "udp"].map((name) =>
      streamRoute({
        kind: name === "tcp" ? "TCPRoute" : "UDPRoute",
        name,
        parents: `- { kind: ListenerSet, name: set, sectionName: ${name} }`,
        backends: `- { name: ${name}, port: 80 }`,
      }),
    ),
  );
  expectParents(gateway(), "TCPRoute default/tcp", { "ListenerSet default/set#tcp": ["Accepted=True Accepted"] });
  await eventually(async () => expect(await askStream(one)).toMatchObject({ pod: "tcp" }));
  await eventually(async () => expect(await askUdp(one)).toMatchObject({ pod: "udp" }));
});

test("a policy of a set, or of its listener, holds for its routes and for no others", async () => {
  await apply(
    listenerSet("one", listener("a") + listener("b")),
    listenerSet("two", listener("c")),
    serving("r", own + parent("one") + parent("two")),
    jwtPolicy("set", "kind: ListenerSet, name: one"),
    jwtPolicy("listener", "kind: ListenerSet, name: two, sectionName: c"),
  );
  const statuses = async (token = "") => {
    const headers: Record<string, string> = token ? { authorization: `Bearer ${token}` } : {};
    const hosts = ["own.test", "a.test", "b.test", "c.test"];
    return Promise.all(hosts.map(async (host) => (await gateway().request("/r", { host, headers })).status));
  };
  await eventually(async () => expect(await statuses()).toEqual([200, 401, 401, 401]));
  expect(await statuses(await issuer.token())).toEqual([200, 200, 200, 200]);
  await gateway().delete("SecurityPolicy default/set");
  await eventually(async () => expect(await statuses()).toEqual([200, 200, 200, 401]));
});
