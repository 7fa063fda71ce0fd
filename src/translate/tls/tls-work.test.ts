/** What changes of certificates and authorities cost: never more with more listeners, and no listener is told anew. */
import { beforeAll, expect, test } from "vitest";
import { type KubeObject, keyOf } from "../../api/object.ts";
import { registry } from "../../features/kinds.ts";
import { admit } from "../../schema/admit.ts";
import { createAuthority, type KeyPair } from "../../xds/testing/certificates.ts";
import { defaultTranslationOptions } from "../options.ts";
import { Translation, type TranslationChanges } from "../translation.ts";

const few = 4;
const many = 60;
const pairs: KeyPair[] = [];
let authority = "";
let otherAuthority = "";

const base64 = (text: string): string => Buffer.from(text).toString("base64");

const secret = (name: string, { cert, key }: KeyPair): KubeObject =>
  ({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name, namespace: "default" },
    type: "kubernetes.io/tls",
    data: { "tls.crt": base64(cert), "tls.key": base64(key) },
  }) as KubeObject;

const authorities = (pem: string): KubeObject =>
  ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "authorities", namespace: "default" },
    data: { "ca.crt": pem },
  }) as KubeObject;

const gatewayClass: KubeObject = {
  apiVersion: "gateway.networking.k8s.io/v1",
  kind: "GatewayClass",
  metadata: { name: "eg" },
  spec: { controllerName: defaultTranslationOptions.controllerName },
};

/** A Gateway with so many listeners on one port that have a certificate each, and as many on another that share one. */
function gateway(listeners: number): KubeObject {
  const listener = (i: number, port: number, name: string) => ({
    name: `${port}-${i}`,
    port,
    protocol: "HTTPS",
    hostname: `h${i}.test`,
    tls: { certificateRefs: [{ name }] },
  });
  const half = Array.from({ length: listeners / 2 }, (_, i) => i);
  return {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "Gateway",
    metadata: { name: "eg", namespace: "default", generation: 1 },
    spec: {
      gatewayClassName: "eg",
      tls: {
        frontend: {
          default: { validation: { caCertificateRefs: [{ group: "", kind: "ConfigMap", name: "authorities" }] } },
        },
      },
      listeners: [...half.map((i) => listener(i, 8443, `own-${i}`)), ...half.map((i) => listener(i, 9443, "shared"))],
    },
  };
}

function put(translation: Translation, ...objects: readonly KubeObject[]): void {
  for (const raw of objects) {
    const kind = registry.findKind(raw.apiVersion, raw.kind);
    const admitted = kind && admit(kind, raw);
    if (!admitted?.object) throw new Error(`bad object ${raw.kind}: ${JSON.stringify(admitted?.issues)}`);
    translation.write(raw.kind, keyOf(raw), admitted.object as KubeObject);
  }
}

function pair(i: number): KeyPair {
  const found = pairs[i];
  if (!found) throw new Error(`there is no pair ${i}`);
  return found;
}

function world(listeners: number): Translation {
  const translation = new Translation(
    defaultTranslationOptions,
    registry.kinds.map(({ kind }) => kind),
  );
  put(translation, gatewayClass, gateway(listeners), authorities(authority), secret("shared", pair(0)));
  for (let i = 0; i < listeners / 2; i++) put(translation, secret(`own-${i}`, pair(0)));
  translation.commit();
  return translation;
}

let worlds: readonly Translation[] = [];

beforeAll(async () => {
  const made = await createAuthority();
  authority = made.ca;
  otherAuthority = (await createAuthority()).ca;
  for (let i = 0; i < 2; i++) pairs.push(await made.issue("a.test"));
  worlds = [world(few), world(many)];
});

/** What a change tells Envoys, and how many computations it takes, with few and with many listeners. */
function effectOf(change: (translation: Translation) => void) {
  const all = worlds.map((translation) => {
    change(translation);
    return translation.commit();
  });
  const [small, large] = all.map((changes) => Object.fromEntries(changes.report.computed));
  expect(large).toEqual(small);
  return all.map(({ xds, statuses }) => ({ told: toldIn(xds), statuses: statuses.length }));
}

const toldIn = (xds: TranslationChanges["xds"]): string[] =>
  [...xds.values()].flatMap((change) =>
    Object.entries(change).flatMap(([type, entries]) => entries.map(({ name }: { name: string }) => `${type} ${name}`)),
  );

test.each([
  ["a certificate of one listener is renewed", () => secret("own-1", pair(1)), "secret default/own-1"],
  [
    "a certificate that half of the listeners share is renewed",
    () => secret("shared", pair(1)),
    "secret default/shared",
  ],
  [
    "authorities of all listeners' clients change",
    () => authorities(otherAuthority),
    "secret gateway/default/eg/default/ca.crt",
  ],
])("%s: one secret is told, however many listeners there are", (_, object, told) => {
  const effect = { told: [told], statuses: 0 };
  expect(effectOf((translation) => put(translation, object()))).toEqual([effect, effect]);
});

test("the same certificate written again tells nothing", () => {
  const nothing = { told: [], statuses: 0 };
  expect(effectOf((translation) => put(translation, secret("own-0", pair(0))))).toEqual([nothing, nothing]);
});
