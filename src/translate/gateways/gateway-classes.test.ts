import { expect, test } from "vitest";
import type { KubeObject } from "../../api/object.ts";
import { registry } from "../../features/kinds.ts";
import { conditions, gateway } from "../listeners/testing/listener-sets.ts";
import { defaultTranslationOptions } from "../options.ts";
import { put } from "../policies/testing/objects.ts";
import { Translation } from "../translation.ts";
import type { ProxySettings } from "./proxy-settings.ts";

/** A class with an EnvoyProxy and a Gateway, where Envoys run beside Gateways or in the control plane's namespace. */
function world(fleetsBesideGateways: boolean, spec: ProxySettings, baseProxy: ProxySettings = {}): Translation {
  const translation = new Translation(
    { ...defaultTranslationOptions, fleetsBesideGateways },
    registry.kinds.map(({ kind }) => kind),
    baseProxy,
  );
  const proxy: KubeObject = {
    apiVersion: "gateway.envoyproxy.io/v1alpha1",
    kind: "EnvoyProxy",
    metadata: { name: "settings", namespace: "default" },
    spec,
  };
  const parametersRef = { group: "gateway.envoyproxy.io", kind: "EnvoyProxy", name: "settings", namespace: "default" };
  const gatewayClass: KubeObject = {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "GatewayClass",
    metadata: { name: "eg" },
    spec: { controllerName: defaultTranslationOptions.controllerName, parametersRef },
  };
  put(translation, proxy, gatewayClass, gateway());
  translation.commit();
  return translation;
}

const fleets = (translation: Translation) => [...translation.fleets.entries()].map(([key]) => key);

test("a class that merges its Gateways is not accepted where Envoys run beside their Gateways, and nothing is run", () => {
  const refused = world(true, { mergeGateways: true });
  expect(conditions(refused, "GatewayClass/eg")).toContain("Accepted=False InvalidParameters");
  expect(fleets(refused)).toEqual([]);
  const merged = world(false, { mergeGateways: true });
  expect(conditions(merged, "GatewayClass/eg")).toContain("Accepted=True Accepted");
  expect(fleets(merged)).toEqual(["eg"]);
});

test("settings of a class replace those that all fleets have, merged Gateways included", () => {
  const translation = world(true, { mergeGateways: false }, { mergeGateways: true });
  expect(conditions(translation, "GatewayClass/eg")).toContain("Accepted=True Accepted");
  expect(fleets(translation)).toEqual(["default/eg"]);
});

test("a class that says nothing about merging its Gateways does as all classes do, whether its other settings are merged or not", () => {
  for (const mergeType of [undefined, "StrategicMerge"] as const) {
    const translation = world(false, { concurrency: 2, ...(mergeType ? { mergeType } : {}) }, { mergeGateways: true });
    expect(fleets(translation)).toEqual(["eg"]);
  }
});
