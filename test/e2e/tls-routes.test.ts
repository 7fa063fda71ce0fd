import { beforeAll, expect, test } from "vitest";
import {
  askStream,
  gatewayManifest,
  httpRoute,
  makeCertificate,
  openStream,
  serviceManifest,
  startStreamBackend,
  streamRoute,
  tlsSecret,
  useBackend,
  useGateway,
  useStreamBackend,
} from "./harness/index.ts";

const listener = (name: string, port: number | undefined, hostname: string, tls: string, kinds = "") => `
- name: ${name}
  protocol: ${name.startsWith("web") ? "HTTPS" : "TLS"}
  port: ${port}
  ${hostname ? `hostname: "${hostname}"` : ""}
  allowedRoutes: { namespaces: { from: All }${kinds} }
  tls: ${tls}`;
const through = "{ mode: Passthrough }";
const ended = (secret: string) => `{ mode: Terminate, certificateRefs: [{ name: ${secret} }] }`;

const gateway = useGateway({
  listeners: ([mixed, exact, wide, any]) =>
    listener("ended", mixed, "ended.example.com", ended("front")) +
    listener("through", mixed, "through.example.com", through) +
    listener("wild", mixed, "*.example.com", through) +
    listener("web", mixed, "web.example.com", ended("front")) +
    listener("exact", exact, "abc.example.com", through) +
    listener("wide", wide, "*.example.com", through) +
    listener("any", any, "", through),
});
const certificate = (name: string) => makeCertificate({ names: [name] });
const a = useStreamBackend("a", async () => ({ protocol: "TCP", tls: await certificate("backend-a") }));
const b = useStreamBackend("b", async () => ({ protocol: "TCP", tls: await certificate("backend-b") }));
const plain = useStreamBackend("plain", { protocol: "TCP" });
const web = useBackend("web");

beforeAll(async () => {
  await gateway().apply(
    web(),
    a().manifest,
    b().manifest,
    plain().manifest,
    tlsSecret("front", await makeCertificate({ names: ["ended.example.com", "web.example.com"] })),
  );
});

const [mixed, exact, wide, any] = [0, 1, 2, 3];
const port = (i: number): number => gateway().ports[i] ?? 0;
const route = (
  name: string,
  hostnames: readonly string[],
  section: string | undefined,
  backends: string,
  created?: string,
) =>
  streamRoute({
    kind: "TLSRoute",
    name,
    parents: `- { name: eg, namespace: default${section ? `, sectionName: ${section}` : ""} }`,
    hostnames,
    backends: `- { name: ${backends}, port: 80 }`,
    ...(created ? { created } : {}),
  });

/** Who answers a client that asks for a server name, and the certificate it is shown. */
async function ask(i: number, serverName: string | undefined): Promise<string> {
  const connection = await openStream(port(i), { serverName }).catch(() => undefined);
  if (!connection) return "closed";
  const answer = await connection.ask().catch(() => undefined);
  connection.close();
  return answer ? `${answer.pod} ${answer.serverName} ${connection.certificate}` : "closed";
}

const accepted = ["Accepted=True Accepted", "ResolvedRefs=True ResolvedRefs"];
const listeners = () => gateway().translation.statuses.get("Gateway/default/eg")?.body.listeners ?? [];

test("without a route TLS connections are closed", async () => {
  expect(await ask(mixed, "ended.example.com")).toBe("closed");
  expect(await ask(mixed, "through.example.com")).toBe("closed");
  expect(await ask(any, "any.test")).toBe("closed");
});

test("on one port a listener ends TLS and another hands it through, as the server name says", async () => {
  await gateway().apply(
    route("ended", ["ended.example.com"], undefined, "plain"),
    route("through", ["through.example.com"], undefined, "a"),
  );
  expect(await ask(mixed, "ended.example.com")).toBe("plain  ended.example.com");
  expect(await ask(mixed, "through.example.com")).toBe("a through.example.com backend-a");
  expect(gateway().conditions("TLSRoute default/ended")).toEqual(accepted);
  const kinds = (name: string) =>
    listeners()
      .find((l) => l.name === name)
      ?.supportedKinds.map(({ kind }) => kind);
  expect(kinds("ended")).toEqual(["TCPRoute", "TLSRoute"]);
  expect(kinds("through")).toEqual(["TLSRoute"]);
});

test("HTTPS listeners share the port, too", async () => {
  await gateway().apply(httpRoute("web", "web.example.com", "- backendRefs: [{ name: web, port: 80 }]"));
  const tls = { serverName: "web.example.com" };
  const answer = await gateway().request("/", { host: "web.example.com", port: port(mixed), tls });
  expect([answer.status, answer.echo.pod]).toEqual([200, "web"]);
  expect(await ask(mixed, "ended.example.com")).toBe("plain  ended.example.com");
});

test("a server name belongs to its most precise listener, even if only routes of another one want it", async () => {
  await gateway().apply(
    route("greedy", ["web.example.com", "through.example.com", "free.example.com"], "wild", "b"),
    route("wild", ["*.example.com"], "wild", "a"),
  );
  expect(await ask(mixed, "free.example.com")).toBe("b free.example.com backend-b");
  expect(await ask(mixed, "other.example.com")).toBe("a other.example.com backend-a");
  expect(await ask(mixed, "through.example.com")).toBe("a through.example.com backend-a");
  await gateway().delete("TLSRoute default/through");
  expect(await ask(mixed, "through.example.com")).toBe("closed");
  await gateway().delete("TLSRoute default/greedy", "TLSRoute default/wild");
});

test("hostnames of routes count as far as the listener covers them", async () => {
  await gateway().apply(
    route("cut-exact", ["*.example.com"], "exact", "a"),
    route("in-wide", ["abc.example.com"], "wide", "a"),
    route("cut-wide", ["*.com"], "wide", "b"),
    route("in-any", ["abc.example.com"], "any", "a"),
    route("wild-any", ["*.com"], "any", "b"),
  );
  expect(await ask(exact, "abc.example.com")).toMatch(/^a /);
  expect(await ask(exact, "other.example.com")).toBe("closed");
  expect(await ask(wide, "abc.example.com")).toMatch(/^a /);
  expect(await ask(wide, "other.example.com")).toMatch(/^b /);
  expect(await ask(wide, "non.matching.com")).toBe("closed");
  expect(await ask(any, "abc.example.com")).toMatch(/^a /);
  expect(await ask(any, "other.example.com")).toMatch(/^b /);
  expect(await ask(any, "non.matching.org")).toBe("closed");
  expect(await ask(any, undefined)).toBe("closed");
});

test("of routes that want one server name the more precise one is served before the older one", async () => {
  await gateway().apply(
    route("cut-exact", ["*.example.com"], "exact", "a", "2026-01-01T00:00:00Z"),
    route("own-exact", ["abc.example.com"], "exact", "b", "2026-01-02T00:00:00Z"),
    route("cut-wide", ["*.com"], "wide", "a", "2026-01-01T00:00:00Z"),
    route("own-wide", ["*.example.com"], "wide", "b", "2026-01-02T00:00:00Z"),
  );
  expect(await ask(exact, "abc.example.com")).toMatch(/^b /);
  expect(await ask(wide, "other.example.com")).toMatch(/^b /);
  await gateway().apply(route("older", ["abc.example.com"], "exact", "a", "2026-01-01T12:00:00Z"));
  expect(await ask(exact, "abc.example.com")).toMatch(/^a /);
  for (const name of ["cut-exact", "own-exact", "older", "cut-wide"]) {
    expect(gateway().conditions(`TLSRoute default/${name}`)).toEqual(accepted);
  }
  expect(listeners().find(({ name }) => name === "exact")?.attachedRoutes).toBe(3);
});

test("a route that no listener takes says why", async () => {
  await gateway().apply(
    route("no-host", ["www.nomatch.com", "*.nomatch.com"], "exact", "a"),
    route("no-section", ["abc.example.com"], "missing", "a"),
    route("on-https", ["web.example.com"], "web", "a"),
  );
  expect(gateway().conditions("TLSRoute default/no-host")).toContain("Accepted=False NoMatchingListenerHostname");
  expect(gateway().conditions("TLSRoute default/no-section")).toContain("Accepted=False NoMatchingParent");
  expect(gateway().conditions("TLSRoute default/on-https")).toContain("Accepted=False NotAllowedByListeners");
  await gateway().delete("TLSRoute default/no-host", "TLSRoute default/no-section", "TLSRoute default/on-https");
});

test("backends that are missing, of unknown kind or not permitted refuse connections", async () => {
  await gateway().apply(route("bad", ["bad.test"], "any", "missing"));
  expect(await ask(any, "bad.test")).toBe("closed");
  expect(gateway().conditions("TLSRoute default/bad")).toContain("ResolvedRefs=False BackendNotFound");
  await gateway().apply(route("bad", ["bad.test"], "any", "a, group: unknown.io, kind: Thing"));
  expect(await ask(any, "bad.test")).toBe("closed");
  expect(gateway().conditions("TLSRoute default/bad")).toContain("ResolvedRefs=False InvalidKind");
  await gateway().apply(route("bad", ["bad.test"], "any", "a, namespace: other"));
  expect(await ask(any, "bad.test")).toBe("closed");
  expect(gateway().conditions("TLSRoute default/bad")).toContain("ResolvedRefs=False RefNotPermitted");
  await gateway().apply(route("bad", ["bad.test"], "any", "a"));
  expect(await ask(any, "bad.test")).toMatch(/^a /);
});

test("a passthrough listener that asks for TCPRoutes tells which kinds it can carry", async () => {
  const kinds = ", kinds: [{ kind: TCPRoute }, { kind: TLSRoute }]";
  await gateway().apply(gatewayManifest(listener("tls", gateway().ports[5], "", through, kinds), "kinds"));
  const [status] = gateway().translation.statuses.get("Gateway/default/kinds")?.body.listeners ?? [];
  expect(status?.supportedKinds.map(({ kind }) => kind)).toEqual(["TLSRoute"]);
  expect(gateway().conditions("Gateway default/kinds", "tls")).toContain("ResolvedRefs=False InvalidRouteKinds");
  await gateway().delete("Gateway default/kinds");
});

test("TCPRoutes take what a listener decrypts", async () => {
  await gateway().delete("TLSRoute default/ended");
  await gateway().apply(
    streamRoute({
      kind: "TCPRoute",
      name: "decrypted",
      parents: "- { name: eg, sectionName: ended }",
      backends: "- { name: plain, port: 80 }",
    }),
  );
  expect(await ask(mixed, "ended.example.com")).toBe("plain  ended.example.com");
  await gateway().delete("TCPRoute default/decrypted");
});

test("a renewed certificate is shown to new connections, and open ones go on", async () => {
  await gateway().apply(route("ended", ["ended.example.com"], "ended", "plain"));
  const open = await openStream(port(mixed), { serverName: "ended.example.com" });
  expect((await open.ask()).pod).toBe("plain");
  await gateway().apply(tlsSecret("front", await makeCertificate({ names: ["renewed.example.com"] })));
  expect(await ask(mixed, "ended.example.com")).toBe("plain  renewed.example.com");
  expect((await open.ask("still")).text).toBe("still");
  open.close();
});

test("changes of other routes on the port leave a connection open", async () => {
  const open = await openStream(port(any), { serverName: "bad.test" });
  const hosts = Array.from({ length: 5 }, (_, i) => `more-${i}.test`);
  for (const [i, host] of hosts.entries()) {
    await gateway().apply(route(`more-${i}`, [host], "any", i % 2 === 0 ? "a" : "b"));
    expect(await ask(any, host)).toMatch(i % 2 === 0 ? /^a / : /^b /);
    expect((await open.ask("there")).text).toBe("there");
  }
  await gateway().apply(route("bad", ["bad.test", "second.test"], "any", "b"));
  expect(await ask(any, "second.test")).toMatch(/^b /);
  expect((await open.ask("there")).pod).toBe("a");
  await gateway().delete(...hosts.map((_, i) => `TLSRoute default/more-${i}`));
  expect(await ask(any, "more-0.test")).toBe("closed");
  expect((await open.ask("there")).text).toBe("there");
  expect(await gateway().admin("/stats?filter=listener_manager.listener_in_place_updated")).not.toMatch(/: 0$/m);
  open.close();
});

test("no connection is lost while routes beside it and its backends change", async () => {
  let isRunning = true;
  const lost: string[] = [];
  const load = Promise.all(
    Array.from({ length: 3 }, async () => {
      while (isRunning) {
        const answer = await askStream(port(any), { serverName: "bad.test" });
        if (answer === "closed") lost.push(answer);
      }
    }),
  );
  for (let i = 0; i < 8; i++) {
    await gateway().apply(route(`beside-${i}`, [`beside-${i}.test`], "any", "a"));
    await gateway().apply(route("bad", ["bad.test"], "any", i % 2 === 0 ? "a" : "b"));
  }
  isRunning = false;
  await load;
  expect(lost).toEqual([]);
});

test("a BackendTLSPolicy encrypts what a listener has decrypted, and adds nothing to what it hands through", async () => {
  const backend = await makeCertificate({ names: ["a.internal"] });
  const secure = await startStreamBackend("secure", { protocol: "TCP", tls: backend });
  try {
    await gateway().apply(
      secure.manifest,
      `---
apiVersion: v1
kind: ConfigMap
metadata: { name: ca, namespace: default }
data: { ca.crt: ${JSON.stringify(backend.cert)} }
---
apiVersion: gateway.networking.k8s.io/v1
kind: BackendTLSPolicy
metadata: { name: secure, namespace: default }
spec:
  targetRefs: [{ group: "", kind: Service, name: secure }]
  validation: { hostname: a.internal, caCertificateRefs: [{ group: "", kind: ConfigMap, name: ca }] }
`,
      route("ended", ["ended.example.com"], "ended", "secure"),
      route("secured", ["secured.test"], "any", "secure"),
    );
    expect(await ask(mixed, "ended.example.com")).toBe("secure a.internal renewed.example.com");
    expect(await ask(any, "secured.test")).toBe("secure secured.test a.internal");
    expect(gateway().conditions("BackendTLSPolicy default/secure")).toContain("Accepted=True Accepted");
    // One backend encrypted and one not: each gets its own.
    const both = route("ended", ["ended.example.com"], "ended", "secure").replace(
      /- \{ name: secure.*/,
      "- { name: secure, port: 80 }\n    - { name: plain, port: 80 }",
    );
    await gateway().apply(both);
    const seen = new Set<string>();
    for (let i = 0; i < 40; i++) seen.add((await ask(mixed, "ended.example.com")).split(" ", 2).join(" "));
    expect([...seen].sort()).toEqual(["plain ", "secure a.internal"]);
  } finally {
    await secure.stop();
  }
});

test("a listener whose certificate is missing closes connections, and others of its port go on", async () => {
  await gateway().delete("Secret default/front");
  expect(gateway().conditions("Gateway default/eg", "ended")).toContain("ResolvedRefs=False InvalidCertificateRef");
  expect(await ask(mixed, "ended.example.com")).toBe("closed");
  await gateway().apply(route("through", ["through.example.com"], "through", "a"));
  expect(await ask(mixed, "through.example.com")).toMatch(/^a /);
});

test("a Service without endpoints refuses connections", async () => {
  await gateway().apply(serviceManifest({ name: "empty", endpoints: [] }), route("bad", ["bad.test"], "any", "empty"));
  expect(await ask(any, "bad.test")).toBe("closed");
  expect(gateway().conditions("TLSRoute default/bad")).toContain("BackendsAvailable=False EndpointsNotFound");
});
