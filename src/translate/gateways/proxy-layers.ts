/** EnvoyProxies and the control plane's configuration say how the proxies of a Gateway are, one more specific than the other. */
import type { EnvoyProxySpec, ProxyTelemetry } from "../../api/v1alpha1/envoyproxy/spec.ts";
import type { EnvoyProxy } from "../../api/v1alpha1/envoyproxy.ts";
import { mergeSpecs } from "../strategic-merge.ts";
import type { ProxySettings } from "./proxy-settings.ts";

/** What one of them says. */
export interface ProxyLayer {
  readonly spec: ProxySettings;
  /** Where its references lead that name no namespace. */
  readonly namespace: string;
  /** Name of the EnvoyProxy; absent for the configuration. */
  readonly name?: string;
}

/** All that say something about a Gateway. */
export interface ProxyLayers {
  readonly base: ProxyLayer;
  readonly ofClass?: EnvoyProxy | undefined;
  readonly ofGateway?: EnvoyProxy | undefined;
}

/** What they come to. */
export interface SettledProxy {
  /** The settings in force; references in them name their namespaces. */
  readonly proxy: ProxySettings;
  /** Namespace of whoever names `proxy.backendTLS.clientCertificateRef`. */
  readonly backendTlsNamespace?: string;
  /** The most specific EnvoyProxy in force that says anything about telemetry. */
  readonly telemetryOwner?: { readonly namespace: string; readonly name: string };
}

/** More specific settings replace the others, unless their `mergeType` asks for both; a reference goes on meaning what it meant in its own object. */
export function settleProxy({ base, ofClass, ofGateway }: ProxyLayers): SettledProxy {
  const own = ofGateway?.spec?.mergeType;
  const layered = over(layerOf(ofClass), layerOf(ofGateway), own);
  const { spec: proxy, layers } = over(stackOf(base), layered, ofClass?.spec?.mergeType ?? own) ?? nothing;
  const withCertificate = layers.find(({ spec }) => spec.backendTLS?.clientCertificateRef);
  const { namespace, name } = layers.find(({ spec }) => spec.telemetry) ?? {};
  return {
    proxy,
    ...(withCertificate ? { backendTlsNamespace: withCertificate.namespace } : {}),
    ...(namespace !== undefined && name ? { telemetryOwner: { namespace, name } } : {}),
  };
}

/** Settings, and whose they are: the most specific first. */
interface Stack {
  readonly spec: ProxySettings;
  readonly layers: readonly ProxyLayer[];
}

const nothing: Stack = { spec: {}, layers: [] };

function layerOf(object: EnvoyProxy | undefined): Stack | undefined {
  if (!object?.spec) return undefined;
  const { namespace = "", name } = object.metadata;
  return stackOf({ spec: object.spec, namespace, name });
}

function stackOf(layer: ProxyLayer): Stack {
  return { spec: withNamespaces(layer.spec, layer.namespace), layers: [layer] };
}

/** No list of an EnvoyProxy is merged item by item, since none says which field tells its items apart. */
const noKeys = {};

function over(
  base: Stack | undefined,
  specific: Stack | undefined,
  mergeType: EnvoyProxySpec["mergeType"],
): Stack | undefined {
  if (!base || !specific) return specific ?? base;
  if (!mergeType || mergeType === "Replace") return specific;
  return {
    spec: mergeSpecs<ProxySettings>(base.spec, specific.spec, mergeType, noKeys),
    layers: [...specific.layers, ...base.layers],
  };
}

function withNamespaces(spec: ProxySettings, namespace: string): ProxySettings {
  const { telemetry, backendTLS } = spec;
  const ref = backendTLS?.clientCertificateRef;
  return {
    ...spec,
    ...(telemetry ? { telemetry: telemetryWithNamespaces(telemetry, namespace) } : {}),
    ...(ref ? { backendTLS: { ...backendTLS, clientCertificateRef: { namespace, ...ref } } } : {}),
  };
}

interface Backends {
  readonly backendRefs?: readonly { readonly namespace?: string | undefined }[] | undefined;
}

function telemetryWithNamespaces(telemetry: ProxyTelemetry, namespace: string): ProxyTelemetry {
  const { accessLog, tracing, metrics } = telemetry;
  const settled = <T extends Backends>(from: T): T => ({
    ...from,
    ...(from.backendRefs ? { backendRefs: from.backendRefs.map((ref) => ({ namespace, ...ref })) } : {}),
  });
  const settings = accessLog?.settings?.map((setting) => ({
    ...setting,
    sinks: setting.sinks.map((sink) => ({
      ...sink,
      ...(sink.als ? { als: settled(sink.als) } : {}),
      ...(sink.openTelemetry ? { openTelemetry: settled(sink.openTelemetry) } : {}),
    })),
  }));
  const sinks = metrics?.sinks?.map((sink) => ({
    ...sink,
    ...(sink.openTelemetry ? { openTelemetry: settled(sink.openTelemetry) } : {}),
  }));
  return {
    ...telemetry,
    ...(settings ? { accessLog: { ...accessLog, settings } } : {}),
    ...(tracing ? { tracing: { ...tracing, provider: settled(tracing.provider) } } : {}),
    ...(sinks ? { metrics: { ...metrics, sinks } } : {}),
  };
}
