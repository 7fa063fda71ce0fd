import { expect, test } from "vitest";
import type { KubeObject } from "../../api/object.ts";
import { registry } from "../../features/kinds.ts";
import { defaultTranslationOptions } from "../../translate/options.ts";
import { Translation } from "../../translate/translation.ts";
import { isStatusHeld } from "./held-statuses.ts";

const apiVersion = "gateway.networking.k8s.io/v1";
const group = "gateway.networking.k8s.io";
const { controllerName } = defaultTranslationOptions;

const proxy: KubeObject = {
  apiVersion: "gateway.envoyproxy.io/v1alpha1",
  kind: "EnvoyProxy",
  metadata: { name: "settings", namespace: "shop" },
  spec: {},
};
const parametersRef = { group: "gateway.envoyproxy.io", kind: "EnvoyProxy", name: "settings", namespace: "shop" };
const gatewayClass: KubeObject = {
  apiVersion,
  kind: "GatewayClass",
  metadata: { name: "eg" },
  spec: { controllerName, parametersRef },
};
const listener = { name: "http", port: 80, protocol: "HTTP", allowedRoutes: { namespaces: { from: "Same" } } };
const gateway: KubeObject = {
  apiVersion,
  kind: "Gateway",
  metadata: { name: "eg", namespace: "shop" },
  spec: { gatewayClassName: "eg", listeners: [listener] },
};
const listenerSet: KubeObject = {
  apiVersion,
  kind: "ListenerSet",
  metadata: { name: "more", namespace: "shop" },
  spec: { parentRef: { group, kind: "Gateway", name: "eg" }, listeners: [{ ...listener, port: 81 }] },
};

/** Which parents of a route in namespace `shop` are held: the Gateway, its ListenerSet, one that is not there. */
function held(...objects: readonly KubeObject[]): readonly boolean[] {
  const kinds = registry.kinds.map(({ kind }) => kind);
  const translation = new Translation(defaultTranslationOptions, kinds);
  for (const object of objects) {
    const { name, namespace } = object.metadata;
    translation.write(object.kind, namespace === undefined ? name : `${namespace}/${name}`, object);
  }
  translation.commit();
  const parents = [
    { group, kind: "Gateway", name: "eg" },
    { group, kind: "ListenerSet", name: "more" },
    { group, kind: "Gateway", name: "eg", namespace: "pay" },
  ];
  return parents.map((parent) => isStatusHeld(parent, "shop", translation));
}

test("what is told of a Gateway and its ListenerSets is held while its class is ours and not accepted, and not longer", () => {
  expect(held(gatewayClass, gateway, listenerSet)).toEqual([true, true, false]);
  expect(held(gatewayClass, gateway, listenerSet, proxy)).toEqual([false, false, false]);
  expect(held(gateway, listenerSet)).toEqual([false, false, false]);
  const foreign = { ...gatewayClass, spec: { controllerName: "example.com/other", parametersRef } };
  expect(held(foreign, gateway, listenerSet)).toEqual([false, false, false]);
});

test("a Gateway that asks for what is not possible holds nothing", () => {
  const spec = { ...(gateway.spec as object), addresses: [{ type: "NamedAddress", value: "x" }] };
  expect(held(gatewayClass, proxy, { ...gateway, spec })).toEqual([false, false, false]);
});
