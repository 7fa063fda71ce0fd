/** Follows conformance test HTTPRouteHTTPSListenerDetectMisdirectedRequests, and what stands behind it: HTTP/2 connections used for several hosts. */
import { beforeAll, expect, test } from "vitest";
import {
  gatewayManifest,
  httpRoute,
  makeCertificate,
  openHttp2,
  sendOver,
  tlsSecret,
  useBackend,
  useGateway,
} from "./harness/index.ts";

const listener = (name: string, port: number | undefined, hostname: string, secret = "shared") => `
- name: ${name}
  protocol: HTTPS
  port: ${port}
  ${hostname ? `hostname: "${hostname}"` : ""}
  allowedRoutes: { namespaces: { from: All } }
  tls: { certificateRefs: [{ name: ${secret} }] }`;

const gateway = useGateway({
  listeners: ([port, other]) =>
    listener("every", port, "") +
    listener("second", port, "second.test") +
    listener("wild", port, "*.wild.test") +
    listener("fourth", port, "fourth.wild.test") +
    listener("left", other, "left.test") +
    listener("right", other, "right.test"),
});
const backends = {
  every: useBackend("every"),
  second: useBackend("second"),
  wild: useBackend("wild"),
  fourth: useBackend("fourth"),
};

const routeAt = (name: string, hostnames = "") => `---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: ${name}, namespace: default }
spec:
  parentRefs: [{ name: eg, sectionName: ${name} }]
  ${hostnames}
  rules: [{ matches: [{ path: { value: /here } }], backendRefs: [{ name: ${name}, port: 80 }] }]
`;

beforeAll(async () => {
  const names = ["example.test", "second.test", "*.wild.test", "left.test", "right.test"];
  await gateway().apply(
    ...Object.values(backends).map((backend) => backend()),
    tlsSecret("shared", await makeCertificate({ names })),
    routeAt("every", "hostnames: [example.test]"),
    routeAt("second"),
    routeAt("wild"),
    routeAt("fourth"),
    httpRoute("sides", "left.test", "- backendRefs: [{ name: every, port: 80 }]"),
  );
});

/** Name of the backend that answers, or the status. */
async function ask(serverName: string, host: string, version: 1 | 2, port = gateway().port): Promise<string | number> {
  const answer = await gateway().request("/here", { host, version, port, tls: { serverName } });
  return answer.status === 200 ? answer.echo.pod : answer.status;
}

const cases: readonly (readonly [string, string, string | number])[] = [
  ["example.test", "example.test", "every"],
  ["example.test", "second.test", 421],
  ["example.test", "unknown.test", 404],
  ["second.test", "second.test", "second"],
  ["second.test", "example.test", 421],
  ["second.test", "unknown.test", 421],
  ["third.wild.test", "third.wild.test", "wild"],
  ["third.wild.test", "fifth.wild.test", "wild"],
  ["third.wild.test", "fourth.wild.test", 421],
  ["third.wild.test", "second.test", 421],
  ["third.wild.test", "unknown.test", 421],
  ["fourth.wild.test", "fourth.wild.test", "fourth"],
  ["fourth.wild.test", "fifth.wild.test", 421],
  ["unknown.test", "example.test", "every"],
  ["unknown.test", "unknown.test", 404],
];

test.each(cases)(
  "over a connection for %s a request for %s gets %s, by HTTP/2 and HTTP/1.1",
  async (name, host, wanted) => {
    expect(await ask(name, host, 2)).toBe(wanted);
    expect(await ask(name, host, 1)).toBe(wanted);
  },
);

test("without a listener for any host a host that nobody has gets 404", async () => {
  const [, port = 0] = gateway().ports;
  expect(await ask("left.test", "left.test", 2, port)).toBe("every");
  expect(await ask("left.test", "right.test", 2, port)).toBe(421);
  expect(await ask("left.test", "unknown.test", 2, port)).toBe(404);
});

test("over one HTTP/2 connection each request is judged by its own host", async () => {
  const tls = { serverName: "second.test" };
  const session = openHttp2(gateway().port, { tls });
  const statuses: number[] = [];
  for (const host of ["second.test", "example.test", "fourth.wild.test", "second.test"]) {
    statuses.push((await sendOver(session, "/here", { host, tls })).status);
  }
  session.close();
  expect(statuses).toEqual([200, 421, 421, 200]);
});

test("a path without a route is not found, whoever has the host", async () => {
  const answer = await gateway().request("/else", {
    host: "second.test",
    version: 2,
    tls: { serverName: "second.test" },
  });
  expect(answer.status).toBe(404);
});

test("a host with so many routes that they make a tree is guarded, too", async () => {
  const rules = Array.from(
    { length: 80 },
    (_, i) => `- matches: [{ path: { value: /many/${i} } }]\n  backendRefs: [{ name: second, port: 80 }]`,
  );
  const routes = Array.from({ length: 5 }, (_, i) =>
    httpRoute(`many-${i}`, "second.test", rules.slice(i * 16, i * 16 + 16).join("\n")),
  );
  await gateway().apply(...routes);
  const over = (serverName: string) =>
    gateway().request("/many/77", { host: "second.test", version: 2, tls: { serverName } });
  expect((await over("second.test")).echo.pod).toBe("second");
  expect((await over("example.test")).status).toBe(421);
  await gateway().delete(...routes.map((_, i) => `HTTPRoute default/many-${i}`));
});

test("listeners that share names say so", () => {
  for (const name of ["every", "second", "wild", "fourth"]) {
    expect(gateway().conditions("Gateway default/eg", name)).toContain(
      "OverlappingTLSConfig=True OverlappingCertificates",
    );
  }
});

test("a second listener that comes and goes on a port costs the first one's clients no request", async () => {
  const all = () => gateway().ports;
  const alone = listener("alone", all()[2], "alone.test");
  const other = listener("other", all()[2], "other.test");
  const before = `${listener("left", all()[1], "left.test")}${alone}`;
  await gateway().apply(
    gatewayManifest(before),
    httpRoute("alone", "alone.test", "- backendRefs: [{ name: every, port: 80 }]"),
    httpRoute("other", "other.test", "- backendRefs: [{ name: second, port: 80 }]"),
  );
  const answers = new Set<string | number>();
  let isLoading = true;
  const load = (async () => {
    while (isLoading) answers.add(await ask("alone.test", "alone.test", 2, all()[2]).catch(() => "no connection"));
  })();
  for (let round = 0; round < 3; round++) {
    await gateway().apply(gatewayManifest(before + other));
    expect(await ask("other.test", "other.test", 2, all()[2])).toBe("second");
    expect(await ask("alone.test", "other.test", 2, all()[2])).toBe(421);
    await gateway().apply(gatewayManifest(before));
  }
  isLoading = false;
  await load;
  expect([...answers]).toEqual(["every"]);
});

test("connections that a listener has stay open while another one comes and goes on its port", async () => {
  const port = gateway().ports[3];
  const kept = listener("kept", port, "kept.test");
  await gateway().apply(
    gatewayManifest(kept),
    httpRoute("kept", "kept.test", "- backendRefs: [{ name: every, port: 80 }]"),
    httpRoute("passing", "passing.test", "- backendRefs: [{ name: second, port: 80 }]"),
  );
  const tls = { serverName: "kept.test" };
  const session = openHttp2(port ?? 0, { tls });
  const told: string[] = [];
  session.on("goaway", () => told.push("goaway"));
  session.on("close", () => told.push("close"));
  const askKept = async () => (await sendOver(session, "/here", { host: "kept.test", tls })).status;
  expect(await askKept()).toBe(200);
  const drained = await drainedChains();
  await gateway().apply(gatewayManifest(kept + listener("passing", port, "passing.test")));
  expect(await ask("passing.test", "passing.test", 2, port)).toBe("second");
  expect([await askKept(), await drainedChains()]).toEqual([200, drained]);
  await gateway().apply(gatewayManifest(kept));
  // That of the listener that went; a second one would be that of the connection.
  expect([await askKept(), await drainedChains()]).toEqual([200, drained + 1]);
  expect(told).toEqual([]);
  session.close();
});

/** Filter chains that are on their way out, as Envoy counts them. */
async function drainedChains(): Promise<number> {
  const stats = await gateway().admin("/stats?filter=total_filter_chains_draining");
  return Number(stats.split(": ")[1]);
}
