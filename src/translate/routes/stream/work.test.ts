import { expect, test } from "vitest";
import { type KubeObject, keyOf } from "../../../api/object.ts";
import { registry } from "../../../features/kinds.ts";
import { admit } from "../../../schema/admit.ts";
import { defaultTranslationOptions } from "../../options.ts";
import { Translation, type TranslationChanges } from "../../translation.ts";

/** Counts of routes to compare: what a change costs must not depend on them. */
const few = 50;
const many = 5_000;

const gatewayApi = "gateway.networking.k8s.io/v1";
const inDefault = (name: string) => ({ name, namespace: "default" });

function route(i: number, service = "one", ...more: readonly string[]): KubeObject {
  return {
    apiVersion: gatewayApi,
    kind: "TLSRoute",
    metadata: inDefault(`r${i}`),
    spec: {
      parentRefs: [{ name: "eg" }],
      hostnames: [`h${i}.test`, ...more],
      rules: [{ backendRefs: [{ name: service, port: 80 }] }],
    },
  };
}

const service = (name: string): KubeObject => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: inDefault(name),
  spec: { ports: [{ name: "s", port: 80 }] },
});

function put(translation: Translation, ...objects: readonly KubeObject[]): void {
  for (const raw of objects) {
    const kind = registry.findKind(raw.apiVersion, raw.kind);
    const object = kind && (admit(kind, raw).object as KubeObject | undefined);
    if (!object) throw new Error(`bad ${raw.kind}`);
    translation.write(raw.kind, keyOf(raw), object);
  }
}

function world(routes: number): Translation {
  const translation = new Translation(
    defaultTranslationOptions,
    registry.kinds.map(({ kind }) => kind),
  );
  put(
    translation,
    {
      apiVersion: gatewayApi,
      kind: "GatewayClass",
      metadata: { name: "eg" },
      spec: { controllerName: defaultTranslationOptions.controllerName },
    },
    {
      apiVersion: gatewayApi,
      kind: "Gateway",
      metadata: inDefault("eg"),
      spec: {
        gatewayClassName: "eg",
        listeners: [{ name: "tls", port: 8443, protocol: "TLS", tls: { mode: "Passthrough" } }],
      },
    },
    service("one"),
    service("two"),
  );
  for (let i = 0; i < routes; i++) put(translation, route(i));
  translation.commit();
  return translation;
}

const worlds = [few, many].map(world);

const workOf = (...objects: readonly KubeObject[]): readonly TranslationChanges[] =>
  worlds.map((translation) => {
    put(translation, ...objects);
    return translation.commit();
  });

const ran = (changes: TranslationChanges | undefined) => Object.fromEntries(changes?.report.computed ?? []);
const told = (changes: TranslationChanges | undefined) => Object.keys(changes?.xds.get("default/eg") ?? {}).sort();

test("another backend of one of many routes changes its cluster, and encodes no chain", () => {
  const [small, large] = workOf(route(7, "two"));
  expect(ran(large)).toEqual(ran(small));
  expect(ran(large)).toMatchObject({ tlsRoutes: 1, servedClaims: 1 });
  expect(ran(large)).not.toHaveProperty("routeChains");
  expect(told(large)).not.toContain("listener");
});

test("another server name of one of many routes encodes its chain, and puts the others beside it as they are", () => {
  const [small, large] = workOf(route(8, "one", "new.test"));
  expect(ran(large)).toEqual(ran(small));
  expect(ran(large)).toMatchObject({
    tlsRoutes: 1,
    servedClaims: 2,
    routeChains: 1,
    chainsByPort: 1,
    envoyListeners: 1,
  });
  expect(told(large)).toEqual(["listener"]);
});

test("a new route among many is translated alone", () => {
  const [small, large] = workOf(route(1_000_000));
  expect(ran(large)).toEqual(ran(small));
  expect(ran(large)).toMatchObject({ tlsRoutes: 1, routeChains: 1 });
  expect(told(large)).toEqual(["cluster", "endpoint", "listener"]);
});

test("endpoints of a Service that many routes use change no listener", () => {
  const slice = {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { ...inDefault("two-1"), labels: { "kubernetes.io/service-name": "two" } },
    addressType: "IPv4",
    ports: [{ name: "s", port: 3000 }],
    endpoints: [{ addresses: ["10.0.0.1"] }],
  } as KubeObject;
  const [, first] = workOf(slice);
  expect(told(first)).toEqual(["endpoint"]);
  const [, second] = workOf({ ...slice, endpoints: [{ addresses: ["10.0.0.2"] }] } as KubeObject);
  expect(ran(second)).not.toHaveProperty("tlsRoutes");
  expect(told(second)).toEqual(["endpoint"]);
});
