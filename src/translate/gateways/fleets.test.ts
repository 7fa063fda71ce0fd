import { expect, test } from "vitest";
import type { KubeObject } from "../../api/object.ts";
import { gateway, listenerSet, world } from "../listeners/testing/listener-sets.ts";
import { defaultTranslationOptions } from "../options.ts";
import { put } from "../policies/testing/objects.ts";

const labelled = (name: string, time: string, infrastructure: object): KubeObject => {
  const object = gateway(name, [{ name: "http", hostname: `${name}.test` }], { infrastructure });
  return { ...object, metadata: { ...object.metadata, creationTimestamp: time } };
};

test("a fleet has the labels and annotations of its Gateway's infrastructure", () => {
  const it = world(labelled("eg", "2026-01-01T00:00:00Z", { labels: { team: "a" }, annotations: { note: "b" } }));
  expect(it.fleets.get("default/eg")?.owner).toMatchObject({ labels: { team: "a" }, annotations: { note: "b" } });
  put(it, gateway());
  it.commit();
  expect(it.fleets.get("default/eg")?.owner).toMatchObject({ labels: {}, annotations: {} });
});

test("a merged fleet has those of all its Gateways; where they differ the oldest one's", () => {
  const it = world(
    labelled("new", "2026-02-01T00:00:00Z", { labels: { team: "new", only: "new" } }),
    labelled("old", "2026-01-01T00:00:00Z", { labels: { team: "old" } }),
    {
      apiVersion: "gateway.envoyproxy.io/v1alpha1",
      kind: "EnvoyProxy",
      metadata: { name: "merged", namespace: "default" },
      spec: { mergeGateways: true },
    },
    {
      apiVersion: "gateway.networking.k8s.io/v1",
      kind: "GatewayClass",
      metadata: { name: "eg" },
      spec: {
        controllerName: defaultTranslationOptions.controllerName,
        parametersRef: { group: "gateway.envoyproxy.io", kind: "EnvoyProxy", name: "merged", namespace: "default" },
      },
    },
  );
  expect(it.fleets.get("eg")?.owner.labels).toEqual({ team: "old", only: "new" });
});

test("ports come from Gateways and from their ListenerSets, the Gateways' first, each once", () => {
  const it = world(
    listenerSet("set", [
      { name: "a", port: 7070 },
      { name: "b", hostname: "b.test" },
      { name: "dns", port: 53, protocol: "UDP" },
    ]),
    gateway(),
  );
  const ports = it.fleets.get("default/eg")?.ports.map(({ port, transport }) => `${port}/${transport}`);
  expect(ports).toEqual(["8080/TCP", "7070/TCP", "53/UDP"]);
});
