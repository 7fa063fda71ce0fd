import { afterAll, beforeAll, expect, test } from "vitest";
import type { KubeClient } from "../../src/kube/client.ts";
import { ensureCertificateSecrets } from "../../src/server/kubernetes/certificate-secrets.ts";
import { KubeApiServer } from "./harness/api-server.ts";
import { kinds, namespace } from "./harness/objects.ts";

let api: KubeApiServer;
let admin: KubeClient;

beforeAll(async () => {
  api = await KubeApiServer.start(() => false);
  admin = api.client();
  await admin.create(kinds.namespace, namespace("system"));
}, 600_000);
afterAll(() => api?.stop());

test("certgen makes Secrets that the API server takes, keeps them, and replaces them when told to", async () => {
  const options = { client: admin, namespace: "system", clusterDomain: "cluster.local", now: new Date() };
  expect((await ensureCertificateSecrets(options)).created).toHaveLength(4);
  expect((await ensureCertificateSecrets(options)).kept).toHaveLength(4);
  expect((await ensureCertificateSecrets({ ...options, overwrite: true })).replaced).toHaveLength(4);
  const { items } = await admin.listAll(kinds.secret, { namespace: "system" });
  expect(items.map(({ metadata, type }) => `${metadata.name} ${type}`)).toEqual([
    "envoy kubernetes.io/tls",
    "envoy-gateway kubernetes.io/tls",
    "envoy-oidc-hmac Opaque",
    "envoy-rate-limit kubernetes.io/tls",
  ]);
});
