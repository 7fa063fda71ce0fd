import type { Gateway } from "../../api/gateway-api/gateway.ts";
import { keyOf, type ObjectKey } from "../../api/object.ts";
import type { EnvoyProxySpec } from "../../api/v1alpha1/envoyproxy/spec.ts";
import type { EnvoyProxy } from "../../api/v1alpha1/envoyproxy.ts";
import type { Collection, Context, Graph } from "../../engine/index.ts";
import { type Condition, isFalse, isTrue } from "../conditions.ts";
import { sameData } from "../equal.ts";
import type { ObjectCollections } from "../objects.ts";
import { mergeSpecs } from "../strategic-merge.ts";
import { type ManagedClass, mergesGateways } from "./gateway-classes.ts";
import { followParametersRef, type ProxyReference } from "./proxy-reference.ts";
import type { ProxySettings } from "./proxy-settings.ts";

/** A Gateway of one of our accepted classes. Key: `namespace/name`. */
export interface ManagedGateway {
  readonly object: Gateway;
  readonly className: string;
  readonly classUid?: string;
  /** Key of the fleet of Envoys that serves it: its own key, or the class's name where Gateways are merged. */
  readonly fleet: string;
  /** The EnvoyProxy settings in force. */
  readonly proxy: ProxySettings;
  /** Namespace of the EnvoyProxy that `proxy.backendTLS` comes from; its references are relative to it. */
  readonly backendTlsNamespace?: string;
  /** The EnvoyProxy that `proxy.telemetry` comes from, the most specific one with any; its references are relative to it. */
  readonly telemetryOwner?: { readonly namespace: string; readonly name: string };
  /** Key of the EnvoyProxy that `spec.infrastructure.parametersRef` names. */
  readonly proxyKey?: ObjectKey;
  /** `Accepted` as far as it depends on the Gateway alone, not on its listeners. */
  readonly accepted: Condition;
  /** False when nothing of the Gateway can be served; its listeners then do not exist for routes. */
  readonly isUsable: boolean;
  /** Its Envoys are left as they are and none are started, since what it asks for is not known or not possible. */
  readonly isOnHold: boolean;
}

const supportedAddressTypes: readonly string[] = ["IPAddress", "Hostname"];

/** Gateways of our accepted classes, each with the EnvoyProxy settings that apply to it. */
export function createGateways(
  graph: Graph,
  objects: ObjectCollections,
  classes: Collection<ManagedClass>,
  baseProxy: ProxySettings,
): Collection<ManagedGateway> {
  const proxies = objects.of("EnvoyProxy");
  return graph.derive({
    name: "gateways",
    from: objects.of("Gateway"),
    map: (object, _key, ctx) => {
      const gatewayClass = ctx.get(classes, object.spec.gatewayClassName);
      if (gatewayClass?.condition.status !== "True") return undefined;
      return manage(object, gatewayClass, proxies, baseProxy, ctx);
    },
    equal: sameData,
  });
}

function manage(
  object: Gateway,
  gatewayClass: ManagedClass,
  proxies: Collection<EnvoyProxy>,
  baseProxy: ProxySettings,
  ctx: Context,
): ManagedGateway {
  const className = object.spec.gatewayClassName;
  const classProxy = gatewayClass.proxy?.spec;
  const isMerged = mergesGateways(gatewayClass.proxy, baseProxy);
  const ref = isMerged ? undefined : object.spec.infrastructure?.parametersRef;
  const own: ProxyReference = ref
    ? followParametersRef(ref, "spec.infrastructure.parametersRef", object.metadata.namespace, proxies, ctx)
    : {};
  const layered = layer(classProxy, own.proxy?.spec, own.proxy?.spec?.mergeType);
  const proxy = layer(baseProxy, layered, classProxy?.mergeType ?? own.proxy?.spec?.mergeType) ?? {};
  const backendTlsNamespace = (own.proxy?.spec?.backendTLS?.clientCertificateRef ? own.proxy : gatewayClass.proxy)
    ?.metadata.namespace;
  const { namespace = "", name = "" } =
    (own.proxy?.spec?.telemetry ? own.proxy : classProxy?.telemetry ? gatewayClass.proxy : undefined)?.metadata ?? {};
  const unsupported = object.spec.addresses?.find((address) => !supportedAddressTypes.includes(address.type));
  const accepted = unsupported
    ? isFalse(
        "Accepted",
        "UnsupportedAddress",
        `spec.addresses: type ${unsupported.type} is not supported; use IPAddress or Hostname.`,
      )
    : (own.problem ?? isTrue("Accepted", "Accepted", "The Gateway has been scheduled by Envoy Gateway"));
  return {
    object,
    className,
    ...(gatewayClass.object.metadata.uid ? { classUid: gatewayClass.object.metadata.uid } : {}),
    fleet: isMerged ? className : keyOf(object),
    proxy,
    ...(proxy.backendTLS && backendTlsNamespace ? { backendTlsNamespace } : {}),
    ...(proxy.telemetry && name ? { telemetryOwner: { namespace, name } } : {}),
    ...(own.proxyKey ? { proxyKey: own.proxyKey } : {}),
    accepted,
    isUsable: !unsupported,
    isOnHold: accepted.status !== "True",
  };
}

/** No list of an EnvoyProxy is merged item by item, since none says which field tells its items apart. */
const noKeys = {};

/** The more specific settings replace the others, unless they ask to be merged. */
function layer(
  base: ProxySettings | undefined,
  specific: ProxySettings | undefined,
  mergeType: EnvoyProxySpec["mergeType"],
): ProxySettings | undefined {
  if (!base || !specific) return specific ?? base;
  if (!mergeType || mergeType === "Replace") return specific;
  return mergeSpecs<ProxySettings>(base, specific, mergeType, noKeys);
}
