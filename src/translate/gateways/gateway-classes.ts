import type { GatewayClass } from "../../api/gateway-api/gatewayclass.ts";
import type { ObjectKey } from "../../api/object.ts";
import type { EnvoyProxy } from "../../api/v1alpha1/envoyproxy.ts";
import type { Collection, Context, Graph } from "../../engine/index.ts";
import { type Condition, isFalse, isTrue } from "../conditions.ts";
import { sameData } from "../equal.ts";
import type { ObjectCollections } from "../objects.ts";
import type { TranslationOptions } from "../options.ts";
import { followParametersRef, type ProxyReference } from "./proxy-reference.ts";
import type { ProxySettings } from "./proxy-settings.ts";

/** A GatewayClass of our controller. Key: its name. */
export interface ManagedClass {
  readonly object: GatewayClass;
  /** `Accepted`, with the reason when its parameters cannot be used. */
  readonly condition: Condition;
  /** Parameters of all Gateways of the class; absent when the class names none, or unusable ones. */
  readonly proxy?: EnvoyProxy;
  /** Key of the EnvoyProxy the class names, usable or not. */
  readonly proxyKey?: ObjectKey;
}

/** GatewayClasses whose `controllerName` is ours, with their parameters resolved. */
export function createGatewayClasses(
  graph: Graph,
  objects: ObjectCollections,
  options: Pick<TranslationOptions, "controllerName" | "fleetsBesideGateways">,
  baseProxy: ProxySettings,
): Collection<ManagedClass> {
  const proxies = objects.of("EnvoyProxy");
  return graph.derive({
    name: "gatewayClasses",
    from: objects.of("GatewayClass"),
    map: (object, _key, ctx) => {
      if (object.spec.controllerName !== options.controllerName) return undefined;
      const managed = manage(object, proxies, ctx);
      if (!options.fleetsBesideGateways || !mergesGateways(managed.proxy, baseProxy)) return managed;
      return { ...managed, condition: managed.condition.status === "True" ? mergedBesideGateways : managed.condition };
    },
    equal: sameData,
  });
}

/** Whether all Gateways of a class are served by one fleet: as its EnvoyProxy says, else as the configuration does, whatever `mergeType` is. */
export function mergesGateways(classProxy: EnvoyProxy | undefined, baseProxy: ProxySettings): boolean {
  return (classProxy?.spec?.mergeGateways ?? baseProxy.mergeGateways) === true;
}

const mergedBesideGateways = isFalse(
  "Accepted",
  "InvalidParameters",
  "Invalid parametersRef: mergeGateways is not possible where Envoys run beside their Gateways; switch it off, " +
    "or set provider.kubernetes.deploy.type of the EnvoyGateway configuration to ControllerNamespace.",
);

function manage(object: GatewayClass, proxies: Collection<EnvoyProxy>, ctx: Context): ManagedClass {
  const ref = object.spec.parametersRef;
  const { problem, ...found }: ProxyReference = ref
    ? followParametersRef(ref, "spec.parametersRef", ref.namespace ?? "default", proxies, ctx)
    : {};
  return { object, condition: problem ?? isTrue("Accepted", "Accepted", "Valid GatewayClass"), ...found };
}
