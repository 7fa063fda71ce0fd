import type { GatewayClass } from "../../api/gateway-api/gatewayclass.ts";
import type { ObjectKey } from "../../api/object.ts";
import type { EnvoyProxy } from "../../api/v1alpha1/envoyproxy.ts";
import type { Collection, Context, Graph } from "../../engine/index.ts";
import { type Condition, isTrue } from "../conditions.ts";
import { sameData } from "../equal.ts";
import type { ObjectCollections } from "../objects.ts";
import type { TranslationOptions } from "../options.ts";
import { followParametersRef, type ProxyReference } from "./proxy-reference.ts";

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
  options: TranslationOptions,
): Collection<ManagedClass> {
  const proxies = objects.of("EnvoyProxy");
  return graph.derive({
    name: "gatewayClasses",
    from: objects.of("GatewayClass"),
    map: (object, _key, ctx) =>
      object.spec.controllerName === options.controllerName ? manage(object, proxies, ctx) : undefined,
    equal: sameData,
  });
}

function manage(object: GatewayClass, proxies: Collection<EnvoyProxy>, ctx: Context): ManagedClass {
  const ref = object.spec.parametersRef;
  const { problem, ...found }: ProxyReference = ref
    ? followParametersRef(ref, "spec.parametersRef", ref.namespace ?? "default", proxies, ctx)
    : {};
  return { object, condition: problem ?? isTrue("Accepted", "Accepted", "Valid GatewayClass"), ...found };
}
