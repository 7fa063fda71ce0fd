import { expect, test } from "vitest";
import type { KubeObject } from "../../api/object.ts";
import { registry } from "../../features/kinds.ts";
import { defaultTranslationOptions } from "../options.ts";
import { put } from "../policies/testing/objects.ts";
import { Translation } from "../translation.ts";
import { conditions, gateway, listenerSet, type TestListener } from "./testing/listener-sets.ts";

function world(shiftPrivilegedPorts: boolean, ...objects: readonly KubeObject[]): Translation {
  const translation = new Translation(
    { ...defaultTranslationOptions, shiftPrivilegedPorts },
    registry.kinds.map(({ kind }) => kind),
  );
  const spec = { controllerName: defaultTranslationOptions.controllerName };
  put(
    translation,
    { apiVersion: "gateway.networking.k8s.io/v1", kind: "GatewayClass", metadata: { name: "eg" }, spec },
    ...objects,
  );
  translation.commit();
  return translation;
}

const ports = (translation: Translation) =>
  translation.fleets.get("default/eg")?.ports.map(({ port, transport }) => `${port}/${transport}`);
const unavailable = ["Accepted=False PortUnavailable", "Programmed=False Invalid", "ResolvedRefs=True ResolvedRefs"];

const both: readonly TestListener[] = [
  { name: "low", port: 80, hostname: "a.test" },
  { name: "high", port: 10_080, hostname: "b.test" },
  { name: "dns", port: 10_080, protocol: "UDP" },
  { name: "beside", port: 10_081 },
];

test("in a pod a port that a lower one is bound to is not available to those who come later", () => {
  const translation = world(true, gateway("eg", both));
  expect(conditions(translation, "Gateway/default/eg", "high")).toEqual(unavailable);
  expect(ports(translation)).toEqual(["80/TCP", "10080/UDP", "10081/TCP"]);
  put(translation, gateway("eg", both.slice(1)));
  translation.commit();
  expect(ports(translation)).toEqual(["10080/TCP", "10080/UDP", "10081/TCP"]);
});

test("a listener of a set loses to its Gateway's", () => {
  const translation = world(true, gateway("eg", both.slice(1, 2)), listenerSet("set", both.slice(0, 1)));
  expect(ports(translation)).toEqual(["10080/TCP"]);
  expect(conditions(translation, "ListenerSet/default/set", "low")).toContain("Accepted=False PortUnavailable");
});

test("ports are bound as they are where an EnvoyProxy says so, and on a host", () => {
  const all = ["80/TCP", "10080/TCP", "10080/UDP", "10081/TCP"];
  expect(ports(world(false, gateway("eg", both)))).toEqual(all);
  const proxy: KubeObject = {
    apiVersion: "gateway.envoyproxy.io/v1alpha1",
    kind: "EnvoyProxy",
    metadata: { name: "own", namespace: "default" },
    spec: { provider: { type: "Kubernetes", kubernetes: { useListenerPortAsContainerPort: true } } },
  };
  const parametersRef = { group: "gateway.envoyproxy.io", kind: "EnvoyProxy", name: "own" };
  expect(ports(world(true, proxy, gateway("eg", both, { infrastructure: { parametersRef } })))).toEqual(all);
});

test("ports that Envoy's pod needs itself are not available in it", () => {
  const listeners = [19_000, 19_001, 19_002, 19_003, 19_004].map((port) => ({ name: `p${port}`, port }));
  const udp = { name: "udp", port: 19_001, protocol: "UDP" };
  const pod = world(true, gateway("eg", [...listeners, udp]));
  expect(ports(pod)).toEqual(["19004/TCP", "19001/UDP"]);
  expect(conditions(pod, "Gateway/default/eg", "p19001")).toEqual(unavailable);
  expect(ports(world(false, gateway("eg", listeners)))).toHaveLength(5);
});
