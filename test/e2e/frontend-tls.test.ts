/**
 * Client certificates. Follows conformance tests GatewayFrontendClientCertificateValidation, …InsecureFallback,
 * GatewayFrontendInvalidDefaultClientCertificateValidation and GatewayInvalidFrontendClientCertificateValidation.
 */
import { beforeAll, expect, test } from "vitest";
import {
  type CertificateWithKey,
  caConfigMap,
  gatewayManifest,
  httpRoute,
  makeCertificate,
  openHttp2,
  sendOver,
  tlsSecret,
  useBackend,
  useGateway,
} from "./harness/index.ts";

const listener = (name: string, port: number | undefined, protocol = "HTTPS") => `
- name: ${name}
  protocol: ${protocol}
  port: ${port}
  allowedRoutes: { namespaces: { from: All } }
  ${protocol === "HTTPS" ? "tls: { certificateRefs: [{ name: server }] }" : ""}`;

const listeners = ([a, b, c, d]: readonly number[]) =>
  listener("general", a) + listener("port", b) + listener("exempt", c) + listener("plain", d, "HTTP");

const validation = (name: string, more = "", ref = `{ kind: ConfigMap, group: "", name: ${name} }`) =>
  `{ validation: { caCertificateRefs: [${ref}]${more} } }`;

const frontend =
  (general: string, ofPort: string) =>
  ([, b, c, d]: readonly number[]) =>
    `
tls:
  frontend:
    default: ${general}
    perPort:
    - { port: ${b}, tls: ${ofPort} }
    - { port: ${c}, tls: {} }
    - { port: ${d}, tls: ${validation("missing")} }`;

const valid = frontend(validation("ca-a"), validation("ca-b"));
const gateway = useGateway({ listeners, more: valid });
const backend = useBackend("backend");
const certificates = {} as Record<"caA" | "caB" | "a" | "b", CertificateWithKey>;

beforeAll(async () => {
  certificates.caA = await makeCertificate({ names: ["ca-a"] });
  certificates.caB = await makeCertificate({ names: ["ca-b"] });
  certificates.a = await makeCertificate({ names: ["client-a"], issuer: certificates.caA });
  certificates.b = await makeCertificate({ names: ["client-b"], issuer: certificates.caB });
  await gateway().apply(
    backend(),
    tlsSecret("server", await makeCertificate({ names: ["x.test"] })),
    caConfigMap("ca-a", certificates.caA),
    caConfigMap("ca-b", certificates.caB),
    httpRoute("all", "x.test", "- backendRefs: [{ name: backend, port: 80 }]"),
  );
});

const use = (more: (ports: readonly number[]) => string) =>
  gateway().apply(gatewayManifest(listeners(gateway().ports), "eg", more(gateway().ports)));

/** Status of an answer on one of the ports, or "refused". */
async function ask(port: 0 | 1 | 2 | 3, certificate?: CertificateWithKey): Promise<number | "refused"> {
  const tls = { serverName: "x.test", ...(certificate ? { certificate } : {}) };
  const options = { host: "x.test", port: gateway().ports[port] ?? 0, ...(port === 3 ? {} : { tls }) };
  return gateway()
    .request("/", options)
    .then(({ status }) => status)
    .catch(() => "refused");
}

const conditions = (name: string) => gateway().conditions("Gateway default/eg", name);

test("only clients with a certificate of the port's authority are let in", async () => {
  expect(await ask(0, certificates.a)).toBe(200);
  expect(await ask(0, certificates.b)).toBe("refused");
  expect(await ask(0)).toBe("refused");
  expect(await ask(1, certificates.b)).toBe(200);
  expect(await ask(1, certificates.a)).toBe("refused");
  expect(gateway().conditions("Gateway default/eg").join()).not.toContain("InsecureFrontendValidationMode");
});

test("a port without validation of its own asks for no certificate, and plain HTTP is no matter of it", async () => {
  expect(await ask(2)).toBe(200);
  expect(await ask(3)).toBe(200);
  for (const name of ["general", "port", "exempt", "plain"]) {
    expect(conditions(name)).toEqual(
      expect.arrayContaining([
        "Accepted=True Accepted",
        "Programmed=True Programmed",
        "ResolvedRefs=True ResolvedRefs",
      ]),
    );
  }
});

test("an authority that is replaced counts for new connections at once, and open ones go on", async () => {
  const tls = { serverName: "x.test", certificate: certificates.a };
  const session = openHttp2(gateway().port, { tls });
  expect((await sendOver(session, "/", { host: "x.test", tls })).status).toBe(200);
  await gateway().apply(caConfigMap("ca-a", certificates.caB));
  expect(await ask(0, certificates.a)).toBe("refused");
  expect(await ask(0, certificates.b)).toBe(200);
  expect((await sendOver(session, "/", { host: "x.test", tls })).status).toBe(200);
  session.close();
  await gateway().apply(caConfigMap("ca-a", certificates.caA));
  expect(await ask(0, certificates.a)).toBe(200);
});

test("with AllowInsecureFallback every client is let in, and the Gateway says so", async () => {
  const insecure = ", mode: AllowInsecureFallback";
  await use(frontend(validation("ca-a", insecure), validation("ca-b", insecure)));
  for (const port of [0, 1] as const) {
    expect([await ask(port, certificates.a), await ask(port, certificates.b), await ask(port)]).toEqual([
      200, 200, 200,
    ]);
  }
  const insecureMode = "InsecureFrontendValidationMode=True ConfigurationChanged";
  expect(gateway().conditions("Gateway default/eg")).toContain(insecureMode);
  await use(valid);
  expect(gateway().conditions("Gateway default/eg")).not.toContain(insecureMode);
  expect(await ask(0)).toBe("refused");
});

const unusable: readonly (readonly [string, string, string])[] = [
  ["does not exist", `{ kind: ConfigMap, group: "", name: missing }`, "InvalidCACertificateRef"],
  ["is of a kind without certificates", `{ kind: Service, group: "", name: backend }`, "InvalidCACertificateKind"],
  [
    "is in another namespace without a grant",
    `{ kind: ConfigMap, group: "", name: ca, namespace: vault }`,
    "RefNotPermitted",
  ],
];

test.each(unusable)(
  "an authority that %s keeps just its port's listeners from being served",
  async (_, ref, reason) => {
    await use(frontend(validation("ca-a"), validation("", "", ref)));
    expect(conditions("port")).toEqual(
      expect.arrayContaining([
        `ResolvedRefs=False ${reason}`,
        "Accepted=False NoValidCACertificate",
        "Programmed=False Invalid",
      ]),
    );
    expect(await ask(1, certificates.b)).toBe("refused");
    expect(await ask(0, certificates.a)).toBe(200);
    expect(conditions("general")).toContain("Accepted=True Accepted");
    await use(frontend(validation("", "", ref), validation("ca-b")));
    expect(conditions("general")).toContain("Accepted=False NoValidCACertificate");
    expect(await ask(0, certificates.a)).toBe("refused");
    expect([await ask(1, certificates.b), await ask(2), await ask(3)]).toEqual([200, 200, 200]);
  },
);

test("one bad reference among good ones is told, and the good ones are used", async () => {
  const refs = `{ kind: ConfigMap, group: "", name: missing }, { kind: ConfigMap, group: "", name: ca-b }`;
  await use(frontend(validation("ca-a"), validation("", "", refs)));
  expect(conditions("port")).toEqual(
    expect.arrayContaining(["ResolvedRefs=False InvalidCACertificateRef", "Programmed=True Programmed"]),
  );
  expect([await ask(1, certificates.b), await ask(1, certificates.a)]).toEqual([200, "refused"]);
});

test("an authority in another namespace counts as long as a grant allows it, and from a Secret as well", async () => {
  const ref = `{ kind: Secret, group: "", name: ca, namespace: vault }`;
  await use(frontend(validation("ca-a"), validation("", "", ref)));
  await gateway().apply(tlsSecret("vault/ca", certificates.caB));
  expect(conditions("port")).toContain("ResolvedRefs=False RefNotPermitted");
  await gateway().apply(`---
apiVersion: gateway.networking.k8s.io/v1
kind: ReferenceGrant
metadata: { name: authorities, namespace: vault }
spec:
  from: [{ group: gateway.networking.k8s.io, kind: Gateway, namespace: default }]
  to: [{ group: "", kind: Secret, name: ca }]
`);
  expect(conditions("port")).toContain("ResolvedRefs=True ResolvedRefs");
  expect(await ask(1, certificates.b)).toBe(200);
  await gateway().delete("ReferenceGrant vault/authorities");
  expect(conditions("port")).toContain("ResolvedRefs=False RefNotPermitted");
  expect(await ask(1, certificates.b)).toBe("refused");
});

test("authorities come from a ClusterTrustBundle", async () => {
  const ref = "{ kind: ClusterTrustBundle, group: certificates.k8s.io, name: bundle }";
  await gateway().apply(`---
apiVersion: certificates.k8s.io/v1beta1
kind: ClusterTrustBundle
metadata: { name: bundle }
spec: { trustBundle: ${JSON.stringify(certificates.caB.cert)} }
`);
  await use(frontend(validation("ca-a"), validation("", "", ref)));
  expect([await ask(1, certificates.b), await ask(1, certificates.a)]).toEqual([200, "refused"]);
});
