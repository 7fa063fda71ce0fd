import { X509Certificate } from "node:crypto";
import { afterEach, beforeEach, expect, test } from "vitest";
import { parseBundle } from "../../certificates/inspect.ts";
import { KubeClient } from "../../kube/client.ts";
import { TestApiServer, type TestResource } from "../../kube/testing/api-server.ts";
import { ensureCertificateSecrets } from "./certificate-secrets.ts";

const secrets: TestResource = { group: "", version: "v1", plural: "secrets", kind: "Secret", isNamespaced: true };

let server: TestApiServer;
let client: KubeClient;

beforeEach(async () => {
  server = new TestApiServer([secrets]);
  await server.listen();
  client = new KubeClient(server.config);
});

afterEach(async () => {
  client.close();
  await server.close();
});

const ensure = (overwrite = false) =>
  ensureCertificateSecrets({ client, namespace: "system", clusterDomain: "cluster.local", now: new Date(), overwrite });

const names = ["envoy", "envoy-gateway", "envoy-oidc-hmac", "envoy-rate-limit"];
const secret = (name: string) => server.get(secrets, `system/${name}`);
function file(name: string, key: string): string {
  const data = (secret(name)?.["data"] ?? {}) as Record<string, string>;
  return Buffer.from(data[key] ?? "", "base64").toString("latin1");
}

test("all Secrets are made with the cluster's names, and kept the next time", async () => {
  expect([...(await ensure()).created].sort()).toEqual(names);
  expect(names.map((name) => secret(name)?.["type"])).toEqual([
    "kubernetes.io/tls",
    "kubernetes.io/tls",
    "Opaque",
    "kubernetes.io/tls",
  ]);
  expect(secret("envoy")?.metadata.labels).toEqual({ "control-plane": "envoy-gateway" });
  expect(new X509Certificate(file("envoy-gateway", "tls.crt")).subjectAltName).toBe(
    "DNS:envoy-gateway, DNS:envoy-gateway.system, DNS:envoy-gateway.system.svc, DNS:envoy-gateway.system.svc.cluster.local",
  );
  expect(new X509Certificate(file("envoy", "tls.crt")).subjectAltName).toBe("DNS:*, DNS:*.system");
  expect(file("envoy-oidc-hmac", "hmac-secret")).toHaveLength(32);
  const before = names.map((name) => secret(name)?.metadata.resourceVersion);
  expect([...(await ensure()).kept].sort()).toEqual(names);
  expect(names.map((name) => secret(name)?.metadata.resourceVersion)).toEqual(before);
});

test("told to, it replaces them, and both authorities are trusted from then on", async () => {
  await ensure();
  const [former] = parseBundle(file("envoy", "ca.crt"));
  expect([...(await ensure(true)).replaced].sort()).toEqual(names);
  const bundle = parseBundle(file("envoy", "ca.crt"));
  expect(bundle).toHaveLength(2);
  expect(bundle[1]?.fingerprint256).toBe(former?.fingerprint256);
  expect(new X509Certificate(file("envoy-gateway", "tls.crt")).verify(bundle[0]?.publicKey ?? never())).toBe(true);
});

test("a missing certificate leads to a new set, since its authority signs no more; a missing key of cookies to that key only", async () => {
  await ensure();
  server.remove(secrets, "system/envoy-oidc-hmac");
  expect((await ensure()).created).toEqual(["envoy-oidc-hmac"]);
  server.remove(secrets, "system/envoy-rate-limit");
  const { created, replaced } = await ensure();
  expect([created, replaced]).toEqual([["envoy-rate-limit"], ["envoy-gateway", "envoy"]]);
});

test("nothing is replaced when Secrets cannot be read, and the missing permission is told", async () => {
  await ensure();
  const before = file("envoy", "tls.crt");
  server.intercept = ({ method }) => (method === "GET" ? { status: 403, body: { message: "forbidden" } } : undefined);
  await expect(ensure(true)).rejects.toThrow("verbs get, create and update on secrets");
  expect(file("envoy", "tls.crt")).toBe(before);
});

function never(): never {
  throw new Error("there is no authority");
}
