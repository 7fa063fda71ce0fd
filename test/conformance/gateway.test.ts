import { beforeAll, expect, test } from "vitest";
import { type CertificateWithKey, gatewayManifest, makeCertificate, tlsSecret } from "../e2e/harness/index.ts";
import {
  expectAttached,
  expectExchanges,
  expectListeners,
  expectObject,
  expectParents,
  grant,
  latestStatus,
  route,
  served,
  sound,
  useTestBed,
} from "./support/index.ts";

const { gateway, apply } = useTestBed({ listeners: () => "" });
let cert: CertificateWithKey;
beforeAll(async () => {
  cert = await makeCertificate({ names: ["one.test", "secure.test"] });
  await gateway().apply(tlsSecret("cert", cert), tlsSecret("web/cert", cert));
});

const eg = "Gateway default/eg";
const http = (name: string, more = "") => `- { name: ${name}, protocol: HTTP, port: ${gateway().port}${more} }\n`;
const https = (name: string, refs: string, more = "") =>
  `- { name: ${name}, protocol: HTTPS, port: ${gateway().ports[1]}${more}, tls: { certificateRefs: [${refs}] } }\n`;
const toV1 = "- { backendRefs: [{ name: v1, port: 80 }] }";
const httpRoutes = { kinds: ["HTTPRoute"] };

test("GatewayListenerUnsupportedProtocol: a listener of unknown protocol is told; a Gateway needs one that is not", async () => {
  const invalid = `- { name: invalid, port: ${gateway().ports[2]}, protocol: INVALID }\n`;
  const told = { kinds: [], attached: 0, conditions: ["Accepted=False UnsupportedProtocol"] };
  await apply(gatewayManifest(invalid));
  await expectObject(gateway(), eg, ["Accepted=False ListenersNotValid"]);
  expectListeners(gateway(), eg, { invalid: told });
  await apply(gatewayManifest(http("http") + invalid));
  await expectObject(gateway(), eg, ["Accepted=True ListenersNotValid"]);
  expectListeners(gateway(), eg, {
    http: { ...httpRoutes, attached: 0, conditions: ["Accepted=True Accepted"] },
    invalid: told,
  });
});

test("GatewayInvalidRouteKind: unknown kinds of routes are told, and the known ones beside them are supported", async () => {
  const told = { attached: 0, conditions: ["ResolvedRefs=False InvalidRouteKinds"] };
  const kinds = (list: string) => `, allowedRoutes: { namespaces: { from: All }, kinds: [${list}] }`;
  await apply(gatewayManifest(http("http", kinds("{ kind: UnknownRoute }"))));
  expectListeners(gateway(), eg, { http: { kinds: [], ...told } });
  await apply(gatewayManifest(http("http", kinds("{ kind: UnknownRoute }, { kind: HTTPRoute }"))));
  expectListeners(gateway(), eg, { http: { ...httpRoutes, ...told } });
});

test("GatewayInvalidTLSConfiguration: a certificate that is missing, of wrong group or kind, or none, is told", async () => {
  await apply(tlsSecret("malformed", { cert: "nothing\n", key: "nothing\n" }));
  const refs = [
    "{ name: missing }",
    "{ group: wrong.test, kind: Secret, name: cert }",
    "{ kind: Wrong, name: cert }",
    "{ name: malformed }",
  ];
  for (const ref of refs) {
    await apply(gatewayManifest(https("https", ref)));
    expectListeners(gateway(), eg, {
      https: { ...httpRoutes, attached: 0, conditions: ["ResolvedRefs=False InvalidCertificateRef"] },
    });
  }
});

test("GatewayModifyListeners: a listener that is added serves, one that is removed does not", async () => {
  const secure = () =>
    https("https", "{ name: cert }", ", hostname: secure.test, allowedRoutes: { namespaces: { from: All } }");
  const plain = () => http("http", ", hostname: data.test, allowedRoutes: { namespaces: { from: All } }");
  const whole = { ...httpRoutes, attached: 1, conditions: sound };
  const overTls = { path: "/", host: "secure.test", port: gateway().ports[1] ?? 0, tls: { serverName: "secure.test" } };
  const generation = () => gateway().translation.statuses.get("Gateway/default/eg")?.generation ?? 0;
  await apply(gatewayManifest(secure()), route("HTTPRoute", "every", { rules: toV1 }));
  expectListeners(gateway(), eg, { https: whole });
  const first = generation();
  await apply(gatewayManifest(secure() + plain()));
  expectListeners(gateway(), eg, { https: whole, http: whole });
  expect(generation()).toBe(first + 1);
  await expectExchanges(gateway(), { backend: "v1" }, [overTls, { path: "/", host: "data.test" }]);
  await apply(gatewayManifest(plain()));
  expectListeners(gateway(), eg, { http: whole });
  expect(generation()).toBe(first + 2);
  await expectExchanges(gateway(), { backend: "v1" }, [{ path: "/", host: "data.test" }]);
  await expect(gateway().request("/", overTls)).rejects.toThrow();
});

test("GatewayNameMaximumLength: a name of 253 characters is served like any other", async () => {
  const name = "long-".padEnd(253, "a");
  await apply(
    gatewayManifest(http("http"), name),
    route("HTTPRoute", "short", { parents: `- name: ${name}`, rules: toV1 }),
  );
  await expectObject(gateway(), `Gateway default/${name}`, ["Accepted=True", "Programmed=True"]);
  expectAttached(gateway(), `Gateway default/${name}`, "HTTPRoute default/short");
  await expectExchanges(gateway(), {}, [{ path: "/", backend: "v1" }]);
});

test("GatewayObservedGenerationBump: a changed Gateway's conditions are about its new generation", async () => {
  await apply(gatewayManifest(http("http", ", hostname: bar.test")));
  latestStatus(gateway(), eg);
  await apply(gatewayManifest(http("http", ", hostname: bar.test") + http("more", ", hostname: foo.test")));
  await expectObject(gateway(), eg, ["Accepted=True", "Programmed=True"]);
  expectListeners(gateway(), eg, { http: { conditions: served }, more: { conditions: served } });
});

test("GatewayClassObservedGenerationBump: so are those of a GatewayClass", async () => {
  const gatewayClass = (description: string) =>
    `{ apiVersion: gateway.networking.k8s.io/v1, kind: GatewayClass, metadata: { name: bump }, spec: { controllerName: gateway.envoyproxy.io/gatewayclass-controller, description: ${description} } }`;
  await apply(gatewayClass("old"));
  await expectObject(
    gateway(),
    "GatewayClass bump",
    ["Accepted"].map((type) => `${type}=True`),
  );
  const before = gateway().translation.statuses.get("GatewayClass/bump")?.generation ?? 0;
  await apply(gatewayClass("new"));
  await expectObject(gateway(), "GatewayClass bump", ["Accepted=True"]);
  expect(gateway().translation.statuses.get("GatewayClass/bump")?.generation).toBe(before + 1);
});

test("GatewayOptionalAddressValue: an address without a value is one that the gateway chooses", async () => {
  await apply(gatewayManifest(http("http"), "eg", "addresses: [{ type: IPAddress }]"));
  await expectObject(gateway(), eg, ["Accepted=True", "Programmed=True"]);
  expect(latestStatus(gateway(), eg).addresses?.length).toBeGreaterThan(0);
});

test("GatewayStaticAddresses: addresses of unknown type, and those that cannot be used, are told; one that can is used", async () => {
  const [invalid, unusable, usable] = [
    "{ type: test/unknown, value: some }",
    "{ value: 203.0.113.1 }",
    "{ value: 127.0.0.1 }",
  ];
  const addresses = (...list: readonly (string | undefined)[]) =>
    gatewayManifest(http("http"), "eg", `addresses: [${list.join(", ")}]`);
  await apply(addresses(invalid, unusable, usable));
  await expectObject(gateway(), eg, ["Accepted=False UnsupportedAddress"]);
  await apply(addresses(unusable, usable));
  await expectObject(gateway(), eg, ["Accepted=True Accepted", "Programmed=False AddressNotUsable"]);
  await apply(addresses(usable));
  await expectObject(gateway(), eg, ["Accepted=True Accepted", "Programmed=True Programmed"]);
  expectListeners(gateway(), eg, { http: { ...httpRoutes, attached: 0, conditions: sound } });
  expect(latestStatus(gateway(), eg).addresses).toEqual([{ type: "IPAddress", value: "127.0.0.1" }]);
});

test("GatewayWithAttachedRoutes: accepted routes are counted, others not, and also where references are missing", async () => {
  const own = (name: string, more = "") =>
    `allowedRoutes: { kinds: [{ kind: HTTPRoute }], namespaces: { from: Selector, selector: { matchLabels: { kubernetes.io/metadata.name: ${name} } } } }${more}`;
  await apply(gatewayManifest(http("http", `, ${own("default")}`)), route("HTTPRoute", "one", { rules: toV1 }));
  expectListeners(gateway(), eg, { http: { ...httpRoutes, attached: 1, conditions: sound } });
  await apply(
    gatewayManifest(http("http", `, hostname: foo.test, ${own("default")}`)),
    route("HTTPRoute", "two", { rules: toV1 }),
    route("HTTPRoute", "other", { hostnames: ["other.test"], rules: toV1 }),
  );
  expectListeners(gateway(), eg, { http: { ...httpRoutes, attached: 2, conditions: sound } });
  expectParents(gateway(), "HTTPRoute default/other", { [eg]: ["Accepted=False NoMatchingListenerHostname"] });
  await apply(
    gatewayManifest(https("tls", "{ name: missing }", `, ${own("default")}`), "unresolved"),
    route("HTTPRoute", "unresolved", {
      parents: "- { name: unresolved, sectionName: tls }",
      rules: "- { backendRefs: [{ name: missing, port: 80 }] }",
    }),
  );
  expectListeners(gateway(), "Gateway default/unresolved", {
    tls: { ...httpRoutes, attached: 1, conditions: ["Programmed=False", "ResolvedRefs=False"] },
  });
  expectParents(gateway(), "HTTPRoute default/unresolved", {
    "Gateway default/unresolved#tls": ["ResolvedRefs=False"],
  });
});

test("GatewayWithAttachedRoutesWithPort8080: a route that names one of two listeners is counted there alone", async () => {
  const other = `- { name: unattached, protocol: HTTP, port: ${gateway().ports[3]} }\n`;
  await apply(
    gatewayManifest(other + http("http")),
    route("HTTPRoute", "one", { parents: "- { name: eg, sectionName: http }", rules: toV1 }),
  );
  expectListeners(gateway(), eg, {
    unattached: { ...httpRoutes, attached: 0, conditions: sound },
    http: { ...httpRoutes, attached: 1, conditions: sound },
  });
  await expectExchanges(gateway(), {}, [
    { path: "/", backend: "v1" },
    { path: "/", port: gateway().ports[3] ?? 0, status: 404 },
  ]);
});

test("GatewayInfrastructureMetadata: a Gateway with labels and annotations for its infrastructure is accepted and served", async () => {
  await apply(
    gatewayManifest(http("http"), "eg", "infrastructure: { labels: { key2: value2 }, annotations: { key1: value1 } }"),
  );
  await expectObject(gateway(), eg, ["Accepted=True", "Programmed=True"]);
});

test("GatewayInvalidParametersRef: parameters of unknown kind are told", async () => {
  const parameters = "{ group: unknown.test, kind: Unknown, name: some }";
  await apply(gatewayManifest(http("http"), "eg", `infrastructure: { parametersRef: ${parameters} }`));
  await expectObject(gateway(), eg, ["Accepted=False InvalidParameters"]);
});

const webCert = "{ name: cert, namespace: web }";

test.each([
  ["GatewaySecretReferenceGrantAllInNamespace: a grant for all Secrets", "Secret"],
  ["GatewaySecretReferenceGrantSpecific: a grant for one Secret", "Secret cert"],
])("%s lets a listener use another namespace's certificate", async (_, to) => {
  await apply(grant("web/secrets", "Gateway default", to), gatewayManifest(https("https", webCert)));
  expectListeners(gateway(), eg, {
    https: { ...httpRoutes, attached: 0, conditions: ["Programmed=True Programmed", "ResolvedRefs=True"] },
  });
  const answer = await gateway().request("/", { port: gateway().ports[1] ?? 0, tls: { serverName: "one.test" } });
  expect([answer.status, answer.certificate?.subject.CN]).toEqual([404, "one.test"]);
});

test("GatewaySecretMissingReferenceGrant: without a grant neither a Secret that is there nor one that is not may be used", async () => {
  const missing = https("missing", "{ name: missing, namespace: web }", ", hostname: missing.test");
  await apply(gatewayManifest(https("https", webCert) + missing));
  const told = { ...httpRoutes, attached: 0, conditions: ["ResolvedRefs=False RefNotPermitted"] };
  expectListeners(gateway(), eg, { https: told, missing: told });
});

test("GatewaySecretInvalidReferenceGrant: a grant that differs in namespace, group, kind or name grants nothing", async () => {
  const right = grant("web/right", "Gateway default", "Secret cert");
  const wrong = {
    "wrong-namespace": right.replace("namespace: web", "namespace: app"),
    "wrong-from-group": right.replace("group: gateway.networking.k8s.io", "group: other.test"),
    "wrong-from-kind": right.replace("kind: Gateway", "kind: HTTPRoute"),
    "wrong-from-namespace": right.replace("namespace: default }]", "namespace: other }]"),
    "wrong-to-group": right.replace('group: ""', "group: other.test"),
    "wrong-to-kind": right.replace("kind: Secret", "kind: Service"),
    "wrong-to-name": right.replace("name: cert }", "name: other }"),
  };
  expect(new Set([right, ...Object.values(wrong)]).size).toBe(8);
  await apply(...Object.entries(wrong).map(([name, text]) => text.replace("name: right", `name: ${name}`)));
  await apply(gatewayManifest(https("https", webCert)));
  expectListeners(gateway(), eg, {
    https: { ...httpRoutes, attached: 0, conditions: ["ResolvedRefs=False RefNotPermitted"] },
  });
});
