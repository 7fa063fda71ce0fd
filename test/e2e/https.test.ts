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

const listener = (name: string, port: number | undefined, hostname: string, ...secrets: readonly string[]) => `
- name: ${name}
  protocol: HTTPS
  port: ${port}
  ${hostname ? `hostname: "${hostname}"` : ""}
  allowedRoutes: { namespaces: { from: All } }
  tls: { certificateRefs: [${secrets.map((secret) => `{ name: ${secret} }`).join(", ")}] }`;

const gateway = useGateway({
  listeners: ([port, two, three]) =>
    listener("precise", port, "a.example.test", "precise") +
    listener("wild", port, "*.example.test", "wild") +
    listener("any", port, "", "any") +
    listener("both", two, "", "rsa", "ecdsa") +
    listener("only", three, "only.test", "only"),
});
const a = useBackend("a");

beforeAll(async () => {
  const certificate = async (name: string, ...names: readonly string[]) =>
    tlsSecret(name, await makeCertificate({ names, type: name === "rsa" ? "RSA" : "ECDSA" }));
  await gateway().apply(
    a(),
    await certificate("precise", "a.example.test"),
    await certificate("wild", "*.example.test"),
    await certificate("any", "any.test"),
    await certificate("rsa", "both.test"),
    await certificate("ecdsa", "both.test"),
    await certificate("only", "only.test"),
    httpRoute("all", "*.test", "- backendRefs: [{ name: a, port: 80 }]"),
  );
});

/** Subject of the certificate that is shown for a server name. */
async function subject(serverName: string | undefined, port = gateway().port): Promise<unknown> {
  const tls = serverName === undefined ? {} : { serverName };
  const answer = await gateway().request("/", { host: serverName ?? "any.test", port, tls });
  expect(answer.status).toBe(200);
  return answer.certificate?.subject["CN"];
}

test("the server name chooses the listener: precise, wildcard, any", async () => {
  expect(await subject("a.example.test")).toBe("a.example.test");
  expect(await subject("b.example.test")).toBe("*.example.test");
  expect(await subject("b.c.example.test")).toBe("*.example.test");
  expect(await subject("else.test")).toBe("any.test");
});

test("a client that names no server gets the listener without hostname", async () => {
  expect(await subject(undefined)).toBe("any.test");
});

test("a port without such a listener refuses other server names", async () => {
  const [, , port = 0] = gateway().ports;
  expect(await subject("only.test", port)).toBe("only.test");
  await expect(gateway().request("/", { host: "x.test", port, tls: { serverName: "x.test" } })).rejects.toThrow();
});

test("of an RSA and an ECDSA certificate each client gets the one it can check", async () => {
  const [, port = 0] = gateway().ports;
  const kind = async (signatureAlgorithms: string) => {
    const tls = { serverName: "both.test", signatureAlgorithms };
    const { certificate } = await gateway().request("/", { host: "both.test", port, tls });
    return certificate?.asn1Curve === undefined ? "RSA" : "ECDSA";
  };
  expect(await kind("ecdsa_secp256r1_sha256")).toBe("ECDSA");
  expect(await kind("rsa_pss_rsae_sha256:rsa_pkcs1_sha256")).toBe("RSA");
});

test("the backend learns that the client came over TLS", async () => {
  const { echo } = await gateway().request("/", { host: "else.test", tls: { serverName: "else.test" } });
  expect(echo.headers["x-forwarded-proto"]).toEqual(["https"]);
});

test("HTTP/2 is agreed on over TLS where no other listener shares the certificate", async () => {
  const [, , port = 0] = gateway().ports;
  const tls = { serverName: "only.test" };
  const answer = await gateway().request("/", { host: "only.test", port, version: 2, tls });
  expect(answer.status).toBe(200);
});

test("a renewed certificate is shown to new connections, and open ones go on", async () => {
  const [, , port = 0] = gateway().ports;
  const tls = { serverName: "only.test" };
  const session = openHttp2(port, { tls });
  expect((await sendOver(session, "/", { host: "only.test", tls })).status).toBe(200);
  const renewed = await makeCertificate({ names: ["only.test"], organization: "renewed" });
  await gateway().apply(tlsSecret("only", renewed));
  const answer = await gateway().request("/", { host: "only.test", port, tls });
  expect(answer.certificate?.subject["O"]).toBe("renewed");
  expect(session.closed).toBe(false);
  expect((await sendOver(session, "/", { host: "only.test", tls })).status).toBe(200);
  session.close();
});

test("certificates that are renewed again and again cost no request, and no listener is changed", async () => {
  const [, , port = 0] = gateway().ports;
  const tls = { serverName: "only.test" };
  const listenerChanges = () =>
    gateway().admin("/stats?filter=listener_manager.listener_(added|modified|removed|in_place)");
  const before = await listenerChanges();
  const session = openHttp2(port, { tls }).setMaxListeners(0);
  const seen = new Set<unknown>();
  const statuses = new Set<number>();
  let isRotating = true;
  const load = (async () => {
    while (isRotating) {
      const [fresh, kept] = await Promise.all([
        gateway().request("/", { host: "only.test", port, tls }),
        sendOver(session, "/", { host: "only.test", tls }),
      ]);
      statuses.add(fresh.status).add(kept.status);
      seen.add(fresh.certificate?.subject["O"]);
    }
  })();
  for (let i = 0; i < 8; i++) {
    await gateway().apply(
      tlsSecret("only", await makeCertificate({ names: ["only.test"], organization: `round ${i}` })),
    );
  }
  const { certificate } = await gateway().request("/", { host: "only.test", port, tls });
  isRotating = false;
  await load;
  session.close();
  expect([...statuses]).toEqual([200]);
  expect(certificate?.subject["O"]).toBe("round 7");
  expect(seen.size).toBeGreaterThan(1);
  expect(await listenerChanges()).toBe(before);
});

test("a Secret that goes takes only its listener along, and its return brings it back", async () => {
  const [, , port = 0] = gateway().ports;
  const kept = tlsSecret("only", await makeCertificate({ names: ["only.test"] }));
  await gateway().delete("Secret default/only");
  expect(gateway().conditions("Gateway default/eg", "only")).toContain("ResolvedRefs=False InvalidCertificateRef");
  await expect(gateway().request("/", { host: "only.test", port, tls: { serverName: "only.test" } })).rejects.toThrow();
  expect(await subject("a.example.test")).toBe("a.example.test");
  await gateway().apply(kept);
  expect(await subject("only.test", port)).toBe("only.test");
  expect(gateway().conditions("Gateway default/eg", "only")).toContain("Programmed=True Programmed");
});

test("a Secret that holds no certificate is told, and the listener's other certificate is used", async () => {
  const [, port = 0] = gateway().ports;
  await gateway().apply(tlsSecret("ecdsa", { cert: "none", key: "none" }));
  expect(gateway().conditions("Gateway default/eg", "both").join()).toMatch(
    /ResolvedRefs=False PartiallyInvalidCertificateRef/,
  );
  expect(await subject("both.test", port)).toBe("both.test");
});

test("plain HTTP on an HTTPS port is refused", async () => {
  await expect(gateway().request("/", { host: "a.example.test" })).rejects.toThrow();
});

test("references that lead to no certificate are told one by one, and nothing of such listeners is served", async () => {
  const refs: Readonly<Record<string, string>> = {
    missing: "{ name: missing }",
    group: "{ group: wrong.example.com, kind: Secret, name: wild }",
    kind: `{ group: "", kind: ConfigMap, name: wild }`,
    malformed: "{ name: ecdsa }",
  };
  const listeners = Object.entries(refs).map(
    ([name, ref]) =>
      `- { name: ${name}, protocol: HTTPS, port: 443, hostname: ${name}.test, tls: { certificateRefs: [${ref}] } }`,
  );
  await gateway().apply(gatewayManifest(listeners.join("\n"), "bad"));
  for (const name of Object.keys(refs)) {
    expect(gateway().conditions("Gateway default/bad", name)).toEqual([
      "Programmed=False Invalid",
      "Accepted=True Accepted",
      "ResolvedRefs=False InvalidCertificateRef",
    ]);
  }
  expect(gateway().envoyPids).toHaveLength(1);
});
