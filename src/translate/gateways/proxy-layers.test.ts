import { expect, test } from "vitest";
import type { EnvoyProxy } from "../../api/v1alpha1/envoyproxy.ts";
import { settleProxy } from "./proxy-layers.ts";
import type { ProxySettings } from "./proxy-settings.ts";

const proxy = (namespace: string, spec: ProxySettings): EnvoyProxy => ({
  apiVersion: "gateway.envoyproxy.io/v1alpha1",
  kind: "EnvoyProxy",
  metadata: { namespace, name: "settings" },
  spec: spec as NonNullable<EnvoyProxy["spec"]>,
});

const base = (spec: ProxySettings = {}) => ({ spec, namespace: "control" });
const collector = { group: "", kind: "Service", name: "collector", port: 4317 } as const;
const traces = (backendRefs: readonly object[]): ProxySettings =>
  ({ telemetry: { tracing: { provider: { type: "OpenTelemetry", port: 4317, backendRefs } } } }) as ProxySettings;
const metrics = (backendRefs: readonly object[]): ProxySettings =>
  ({
    telemetry: { metrics: { sinks: [{ type: "OpenTelemetry", openTelemetry: { port: 4317, backendRefs } }] } },
  }) as ProxySettings;
const logs = (backendRefs: readonly object[]): ProxySettings =>
  ({
    telemetry: {
      accessLog: {
        settings: [{ sinks: [{ als: { type: "HTTP", backendRefs } }, { openTelemetry: { port: 4317, backendRefs } }] }],
      },
    },
  }) as ProxySettings;
const certificate = (name: string): ProxySettings =>
  ({ backendTLS: { clientCertificateRef: { name } } }) as ProxySettings;

test("each reference of merged settings leads into the namespace of the object that says it", () => {
  const found = settleProxy({
    base: base(metrics([collector])),
    ofClass: proxy("platform", { ...logs([collector]), mergeType: "StrategicMerge" }),
    ofGateway: proxy("team", { ...traces([collector, { ...collector, namespace: "other" }]), mergeType: "JSONMerge" }),
  });
  const at = (namespace: string) => ({ ...collector, namespace });
  expect(found.proxy.telemetry).toMatchObject({
    accessLog: {
      settings: [
        { sinks: [{ als: { backendRefs: [at("platform")] } }, { openTelemetry: { backendRefs: [at("platform")] } }] },
      ],
    },
    tracing: { provider: { backendRefs: [at("team"), at("other")] } },
    metrics: { sinks: [{ openTelemetry: { backendRefs: [at("control")] } }] },
  });
  expect(found.telemetryOwner).toEqual({ namespace: "team", name: "settings" });
});

test("a more specific provider that names no backend keeps the other's, where that one's object says", () => {
  const found = settleProxy({
    base: base(),
    ofClass: proxy("platform", traces([collector])),
    ofGateway: proxy("team", {
      mergeType: "StrategicMerge",
      telemetry: { tracing: { provider: { type: "OpenTelemetry", port: 4317, serviceName: "shop" } } },
    } as ProxySettings),
  });
  expect(found.proxy.telemetry?.tracing?.provider).toMatchObject({
    serviceName: "shop",
    backendRefs: [{ name: "collector", namespace: "platform" }],
  });
});

test("settings that are replaced own nothing", () => {
  const found = settleProxy({
    base: base({ ...traces([collector]), ...certificate("general") }),
    ofClass: proxy("platform", { ...logs([collector]), ...certificate("of-class"), mergeType: "StrategicMerge" }),
    ofGateway: proxy("team", { concurrency: 2 }),
  });
  expect(found.proxy.telemetry?.accessLog).toBeUndefined();
  expect(found.proxy.backendTLS?.clientCertificateRef).toEqual({ name: "general", namespace: "control" });
  expect(found).toMatchObject({ backendTlsNamespace: "control" });
  expect(found).not.toHaveProperty("telemetryOwner");
});

test("a client certificate is looked for beside the most specific object that names one", () => {
  const ofClass = proxy("platform", { ...certificate("of-class"), mergeType: "StrategicMerge" });
  const inClass = settleProxy({ base: base(certificate("general")), ofClass });
  expect(inClass.backendTlsNamespace).toBe("platform");
  expect(inClass.proxy.backendTLS?.clientCertificateRef).toEqual({ name: "of-class", namespace: "platform" });
  const general = settleProxy({ base: base(certificate("general")) });
  expect(general.backendTlsNamespace).toBe("control");
});
