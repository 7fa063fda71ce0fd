import { expect, test } from "vitest";
import type { KubeObject } from "../api/object.ts";
import { registry } from "../features/kinds.ts";
import type { FleetSpec, FleetStatus, Infrastructure } from "../infra/fleet.ts";
import { admit } from "../schema/admit.ts";
import { createMemorySource } from "../sources/memory/memory-source.ts";
import { conditions, gateway, route } from "../translate/listeners/testing/listener-sets.ts";
import { defaultTranslationOptions } from "../translate/options.ts";
import { Translation } from "../translate/translation.ts";
import { createXdsServer } from "../xds/server.ts";
import { Controller } from "./controller.ts";

/** Remembers which fleets run, and how. */
class Recorder implements Infrastructure {
  readonly running = new Map<string, FleetSpec>();
  readonly idle: string[] = [];
  readonly problems: FleetStatus["problems"] = [];
  #watcher: (status: FleetStatus) => void = () => undefined;

  upsert(spec: FleetSpec): void {
    this.running.set(spec.key, spec);
    this.#watcher(this.#status(spec));
  }
  remove(key: string): void {
    this.running.delete(key);
  }
  reconcile(specs: readonly FleetSpec[], idle: readonly FleetSpec[] = []): void {
    for (const spec of specs) this.upsert(spec);
    this.idle.push(...idle.map(({ key }) => key).sort());
  }
  statuses(): readonly FleetStatus[] {
    return [...this.running.values()].map((spec) => this.#status(spec));
  }
  watch(listener: (status: FleetStatus) => void): () => void {
    this.#watcher = listener;
    return () => undefined;
  }
  settled = () => Promise.resolve();
  stop = () => Promise.resolve();
  #status({ key, name }: FleetSpec): FleetStatus {
    const { problems } = this;
    const replicas = { desired: 1, available: problems.length > 0 ? 0 : 1 };
    return { key, name, state: "serving", isAdopted: false, restarts: 0, replicas, problems };
  }
}

const proxyRef = (name: string) => ({ group: "gateway.envoyproxy.io", kind: "EnvoyProxy", name });
const gatewayClass = (parameters?: string): KubeObject => ({
  apiVersion: "gateway.networking.k8s.io/v1",
  kind: "GatewayClass",
  metadata: { name: "eg" },
  spec: {
    controllerName: defaultTranslationOptions.controllerName,
    ...(parameters ? { parametersRef: { ...proxyRef(parameters), namespace: "default" } } : {}),
  },
});
const proxy = (name: string, spec = {}): KubeObject => ({
  apiVersion: "gateway.envoyproxy.io/v1alpha1",
  kind: "EnvoyProxy",
  metadata: { name, namespace: "default" },
  spec,
});
const withProxy = (name: string) =>
  gateway("eg", [{ name: "http" }], { infrastructure: { parametersRef: proxyRef(name) } });
const onGateway = (name: string) => ({
  ...route(name, "eg", { parentRefs: [{ name: "eg" }] }),
});
const service: KubeObject = {
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "one", namespace: "default" },
  spec: { ports: [{ name: "http", port: 80 }] },
};

/** As an API server has them. */
const admitted = (objects: readonly KubeObject[]): KubeObject[] =>
  objects.map((raw) => {
    const kind = registry.findKind(raw.apiVersion, raw.kind);
    return ((kind && admit(kind, raw).object) ?? expect.fail(`bad ${raw.kind}`)) as KubeObject;
  });

const newTranslation = () => {
  const kinds = registry.kinds.map(({ kind }) => kind);
  return new Translation(defaultTranslationOptions, kinds);
};

class Troubled extends Recorder {
  override readonly problems: FleetStatus["problems"] = [
    { severity: "warning", code: "object-foreign", message: "something is in the way" },
    { severity: "error", code: "envoy-not-found", message: "no Envoy was found" },
  ];
}

/** Its Envoys outlive a Gateway for a while, and say nothing when it comes back meanwhile. */
class Lingering extends Recorder {
  override upsert(spec: FleetSpec): void {
    if (!this.running.has(spec.key)) super.upsert(spec);
  }
  override remove(): void {}
}

function start(...objects: readonly KubeObject[]) {
  return startWith(new Recorder(), ...objects);
}

async function startWith(infrastructure: Recorder, ...objects: readonly KubeObject[]) {
  const source = createMemorySource(admitted([service, ...objects]));
  const xds = createXdsServer({ tls: "none" });
  const controller = new Controller({
    source,
    translation: newTranslation(),
    xds,
    infrastructure,
    addresses: () => [{ type: "IPAddress", value: "192.0.2.1" }],
    localAddresses: () => undefined,
    onCommit: () => undefined,
  });
  await controller.start();
  const served = (fleet = "default/eg") => {
    const { listener = [], virtualHost = [] } = xds.resources(fleet) ?? {};
    return {
      listeners: listener.map(({ name }) => name),
      from: [...new Set(virtualHost.flatMap(({ value }) => value?.from ?? []))].filter((of) => /Route/.test(of)).sort(),
    };
  };
  const running = () => [...infrastructure.running.keys()].sort();
  const apply = (...changed: readonly KubeObject[]): void => source.apply(admitted(changed));
  return { controller, source, apply, infrastructure, served, running };
}

const listeners = ["default/eg/http"];

test("a class that is not accepted for a while takes nothing from its Gateways; what changed meanwhile follows", async () => {
  const { source, apply, served, running, infrastructure, controller } = await start(
    gatewayClass("settings"),
    proxy("settings"),
    gateway(),
    onGateway("a"),
  );
  const before = served();
  expect(before).toEqual({ listeners, from: ["HTTPRoute default/a"] });
  source.delete([{ kind: "EnvoyProxy", key: "default/settings" }]);
  expect(conditions(controller.translation, "GatewayClass/eg")).toContain("Accepted=False InvalidParameters");
  apply(onGateway("b"));
  expect({ running: running(), ...served() }).toEqual({ running: ["default/eg"], ...before });

  apply(proxy("settings", { concurrency: 3 }));
  expect(served()).toEqual({ listeners, from: ["HTTPRoute default/a", "HTTPRoute default/b"] });
  expect(infrastructure.running.get("default/eg")?.envoyProxy?.concurrency).toBe(3);
  expect(conditions(controller.translation, "Gateway/default/eg")).toContain("Programmed=True Programmed");
});

test("what goes away while its class is not accepted goes when the class is again, and a deleted Gateway at once", async () => {
  const { source, apply, served, running } = await start(
    gatewayClass("settings"),
    proxy("settings"),
    gateway(),
    onGateway("a"),
  );
  source.delete([{ kind: "EnvoyProxy", key: "default/settings" }]);
  source.delete([{ kind: "HTTPRoute", key: "default/a" }]);
  apply(proxy("settings"));
  expect(served()).toEqual({ listeners, from: [] });
  source.delete([{ kind: "EnvoyProxy", key: "default/settings" }]);
  source.delete([{ kind: "Gateway", key: "default/eg" }]);
  expect(running()).toEqual([]);
  expect(served()).toEqual({ listeners: [], from: [] });
});

test("merged Gateways go on when their class is not accepted for a while", async () => {
  const merged = proxy("settings", { mergeGateways: true });
  const { source, apply, served, running } = await start(gatewayClass("settings"), merged, gateway());
  const before = served("eg");
  expect(before.listeners).toHaveLength(1);
  source.delete([{ kind: "EnvoyProxy", key: "default/settings" }]);
  expect({ running: running(), ...served("eg") }).toEqual({ running: ["eg"], ...before });
  apply(merged);
  expect({ running: running(), ...served("eg") }).toEqual({ running: ["eg"], ...before });
});

test("a Gateway that changes to a class of somebody else is no longer served", async () => {
  const { apply, running } = await start(gatewayClass(), gateway());
  apply(gateway("eg", [{ name: "http" }], { gatewayClassName: "other" }));
  expect(running()).toEqual([]);
});

test("a Gateway whose EnvoyProxy is missing starts nothing until it is there", async () => {
  const { apply, served, running, controller, infrastructure } = await start(
    gatewayClass(),
    withProxy("mine"),
    onGateway("a"),
  );
  expect(running()).toEqual([]);
  expect(infrastructure.idle).toEqual(["default/eg"]);
  expect(conditions(controller.translation, "Gateway/default/eg")).toContain("Accepted=False InvalidParameters");
  apply(onGateway("b"));
  expect({ running: running(), ...served() }).toEqual({ running: [], listeners: [], from: [] });
  apply(proxy("mine", { concurrency: 2 }));
  expect(served()).toEqual({ listeners, from: ["HTTPRoute default/a", "HTTPRoute default/b"] });
  expect(infrastructure.running.get("default/eg")?.envoyProxy?.concurrency).toBe(2);
});

test("a Gateway whose EnvoyProxy vanishes goes on as it was", async () => {
  const { source, served, running, infrastructure, controller } = await start(
    gatewayClass(),
    proxy("mine", { concurrency: 2 }),
    withProxy("mine"),
    onGateway("a"),
  );
  const before = served();
  source.delete([{ kind: "EnvoyProxy", key: "default/mine" }]);
  source.delete([{ kind: "HTTPRoute", key: "default/a" }]);
  expect({ running: running(), ...served() }).toEqual({ running: ["default/eg"], ...before });
  expect(infrastructure.running.get("default/eg")?.envoyProxy?.concurrency).toBe(2);
  expect(conditions(controller.translation, "Gateway/default/eg")).toEqual(
    expect.arrayContaining(["Accepted=False InvalidParameters", "Programmed=True Programmed"]),
  );
});

test("a translation of other settings leaves held fleets as they are", async () => {
  const { source, apply, served, running, controller } = await start(
    gatewayClass("settings"),
    proxy("settings"),
    gateway(),
    onGateway("a"),
  );
  const before = served();
  source.delete([{ kind: "EnvoyProxy", key: "default/settings" }]);
  controller.replaceTranslation(
    newTranslation(),
    registry.kinds.map(({ kind }) => kind),
  );
  expect({ running: running(), ...served() }).toEqual({ running: ["default/eg"], ...before });
  source.delete([{ kind: "HTTPRoute", key: "default/a" }]);
  apply(proxy("settings"));
  expect({ running: running(), ...served() }).toEqual({ running: ["default/eg"], listeners, from: [] });
});

test("a Gateway that is deleted and made anew while its Envoys still run is programmed, with their addresses", async () => {
  const { source, apply, controller } = await startWith(new Lingering(), gatewayClass(), gateway());
  source.delete([{ kind: "Gateway", key: "default/eg" }]);
  apply(gateway());
  expect(conditions(controller.translation, "Gateway/default/eg")).toContain("Programmed=True Programmed");
});

test("why no Envoy is there is told by an error rather than by a warning", async () => {
  const infrastructure = new Troubled();
  const { controller } = await startWith(infrastructure, gatewayClass(), gateway());
  const { body } = controller.translation.statuses.get("Gateway/default/eg") ?? {};
  expect(body?.conditions?.find(({ type }) => type === "Programmed")?.message).toBe("no Envoy was found");
});
