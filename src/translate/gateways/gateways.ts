import type { Gateway } from "../../api/gateway-api/gateway.ts";
import { keyOf, type ObjectKey } from "../../api/object.ts";
import type { EnvoyProxy } from "../../api/v1alpha1/envoyproxy.ts";
import type { Collection, Context, Graph } from "../../engine/index.ts";
import { type Condition, isFalse, isTrue } from "../conditions.ts";
import { sameData } from "../equal.ts";
import type { ObjectCollections } from "../objects.ts";
import { type ManagedClass, mergesGateways } from "./gateway-classes.ts";
import { type ProxyLayer, type SettledProxy, settleProxy } from "./proxy-layers.ts";
import { followParametersRef, type ProxyReference } from "./proxy-reference.ts";

/** A Gateway of one of our accepted classes. Key: `namespace/name`. */
export interface ManagedGateway extends SettledProxy {
  readonly object: Gateway;
  readonly className: string;
  readonly classUid?: string;
  /** Key of the fleet of Envoys that serves it: its own key, or the class's name where Gateways are merged. */
  readonly fleet: string;
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

/** Gateways of our accepted classes, each with the EnvoyProxy settings that apply to it. `base`: what the control plane's configuration says. */
export function createGateways(
  graph: Graph,
  objects: ObjectCollections,
  classes: Collection<ManagedClass>,
  base: ProxyLayer,
): Collection<ManagedGateway> {
  const proxies = objects.of("EnvoyProxy");
  return graph.derive({
    name: "gateways",
    from: objects.of("Gateway"),
    map: (object, _key, ctx) => {
      const gatewayClass = ctx.get(classes, object.spec.gatewayClassName);
      if (gatewayClass?.condition.status !== "True") return undefined;
      return manage(object, gatewayClass, proxies, base, ctx);
    },
    equal: sameData,
  });
}

function manage(
  object: Gateway,
  gatewayClass: ManagedClass,
  proxies: Collection<EnvoyProxy>,
  base: ProxyLayer,
  ctx: Context,
): ManagedGateway {
  const className = object.spec.gatewayClassName;
  const isMerged = mergesGateways(gatewayClass.proxy, base.spec);
  const ref = isMerged ? undefined : object.spec.infrastructure?.parametersRef;
  const own: ProxyReference = ref
    ? followParametersRef(ref, "spec.infrastructure.parametersRef", object.metadata.namespace, proxies, ctx)
    : {};
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
    ...settleProxy({ base, ofClass: gatewayClass.proxy, ofGateway: own.proxy }),
    ...(own.proxyKey ? { proxyKey: own.proxyKey } : {}),
    accepted,
    isUsable: !unsupported,
    isOnHold: accepted.status !== "True",
  };
}
