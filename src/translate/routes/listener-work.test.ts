import { beforeAll, expect, test } from "vitest";
import type { KubeObject } from "../../api/object.ts";
import { createAuthority, type KeyPair } from "../../xds/testing/certificates.ts";
import { put, translationWithGateway } from "../policies/testing/objects.ts";
import type { Translation } from "../translation.ts";

/** Counts of routes on the one listener, `kept`; the other one, `other`, has a single route. */
const few = 10;
const many = 1_000;

let pairs: { readonly kept: KeyPair; readonly other: KeyPair };
let worlds: readonly Translation[] = [];

const gatewayApi = "gateway.networking.k8s.io/v1";

function gateway(more: Readonly<Record<string, unknown>> = {}): KubeObject {
  const listener = (name: string) => ({
    name,
    port: 8443,
    protocol: "HTTPS",
    hostname: `*.${name}.test`,
    tls: { certificateRefs: [{ name }] },
  });
  return {
    apiVersion: gatewayApi,
    kind: "Gateway",
    metadata: { name: "eg", namespace: "default", generation: 1 },
    spec: { gatewayClassName: "eg", listeners: [listener("kept"), { ...listener("other"), ...more }] },
  };
}

function secret(name: string, { cert, key }: KeyPair): KubeObject {
  const base64 = (text: string): string => Buffer.from(text).toString("base64");
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name, namespace: "default" },
    type: "kubernetes.io/tls",
    data: { "tls.crt": base64(cert), "tls.key": base64(key) },
  } as KubeObject;
}

function route(name: string, listener: string, sectionName?: string): KubeObject {
  return {
    apiVersion: gatewayApi,
    kind: "HTTPRoute",
    metadata: { name, namespace: "default" },
    spec: {
      parentRefs: [{ name: "eg", ...(sectionName ? { sectionName } : {}) }],
      hostnames: [`${name}.${listener}.test`],
      rules: [{ backendRefs: [{ name: "one", port: 80 }] }],
    },
  };
}

function world(routes: number): Translation {
  const translation = translationWithGateway();
  put(translation, gateway(), secret("kept", pairs.kept), secret("other", pairs.other));
  for (let i = 0; i < routes; i++) put(translation, route(`r${i}`, "kept", i % 2 === 0 ? "kept" : undefined));
  put(translation, route("single", "other", "other"));
  translation.commit();
  return translation;
}

beforeAll(async () => {
  const authority = await createAuthority();
  pairs = { kept: await authority.issue("kept.test"), other: await authority.issue("other.test") };
  worlds = [world(few), world(many)];
});

/** What a change makes run with few routes and with many, and whose statuses it tells. */
function workOf(change: (translation: Translation) => void) {
  return worlds.map((translation) => {
    change(translation);
    const { report, statuses } = translation.commit();
    const { httpRoutes = 0, virtualHosts = 0 } = Object.fromEntries(report.computed);
    return { httpRoutes, virtualHosts, statuses: statuses.map(({ key }) => key).sort() };
  });
}

test("a condition of a listener changes: no route is looked at again, nor any host", () => {
  const effect = { httpRoutes: 0, virtualHosts: 0, statuses: ["Gateway/default/eg"] };
  expect(workOf((translation) => put(translation, secret("other", pairs.kept)))).toEqual([effect, effect]);
  const listeners = worlds.map((translation) => translation.statuses.get("Gateway/default/eg")?.body.listeners ?? []);
  for (const { conditions } of listeners.flat()) {
    expect(conditions.map(({ type }) => type)).toContain("OverlappingTLSConfig");
  }
});

test("a listener loses its certificate, or gets it back: only the route on it is looked at again", () => {
  const changes = [undefined, secret("other", pairs.other)];
  for (const object of changes) {
    const work = workOf((translation) => translation.write("Secret", "default/other", object));
    expect(work.map(({ httpRoutes }) => httpRoutes)).toEqual([1, 1]);
  }
});

test("another listener is edited: routes that name theirs are not looked at again", () => {
  const work = workOf((translation) => put(translation, gateway({ allowedRoutes: { namespaces: { from: "All" } } })));
  // The route on it, and those that name the Gateway as a whole.
  expect(work.map(({ httpRoutes }) => httpRoutes)).toEqual([1 + few / 2, 1 + many / 2]);
});
