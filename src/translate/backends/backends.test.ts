import { expect, test } from "vitest";
import { registry } from "../../features/kinds.ts";
import { conditions } from "../listeners/testing/listener-sets.ts";
import { defaultTranslationOptions } from "../options.ts";
import { put } from "../policies/testing/objects.ts";
import { Translation } from "../translation.ts";

/** Conditions of a Backend with one endpoint; `isInPod`: its Envoys run in pods, not on the user's own host. */
function judged(endpoint: object, isInPod: boolean): readonly string[] {
  const { extensionApis } = defaultTranslationOptions;
  const translation = new Translation(
    {
      ...defaultTranslationOptions,
      shiftPrivilegedPorts: isInPod,
      extensionApis: { ...extensionApis, enableBackend: true },
    },
    registry.kinds.map(({ kind }) => kind),
    {},
  );
  put(translation, {
    apiVersion: "gateway.envoyproxy.io/v1alpha1",
    kind: "Backend",
    metadata: { name: "b", namespace: "default" },
    spec: { endpoints: [endpoint] },
  });
  translation.commit();
  return conditions(translation, "Backend/default/b");
}

const addresses = ["127.0.0.1", "127.8.0.1", "0:0:0:0:0:0:0:1", "0:0:0:0:0:ffff:7f00:1", "0.0.0.0"].map((address) => ({
  ip: { address, port: 19000 },
}));
const names = ["a.localhost", "localhost.localdomain", "localhost."].map((hostname) => ({
  fqdn: { hostname, port: 19000 },
}));

test.each([...addresses, ...names])("a Backend does not lead into Envoy's own pod: %j", (endpoint) => {
  expect(judged(endpoint, true)).toEqual(["Accepted=False Invalid"]);
  expect(judged(endpoint, false)).toEqual(["Accepted=True Accepted"]);
});

test.each([
  { ip: { address: "10.0.0.1", port: 80 } },
  { ip: { address: "fd00::1", port: 80 } },
  { fqdn: { hostname: "localhost.example", port: 80 } },
])("a Backend elsewhere is accepted: %j", (endpoint) => {
  expect(judged(endpoint, true)).toEqual(["Accepted=True Accepted"]);
});
