import type { GatewayClass } from "../../api/gateway-api/gatewayclass.ts";
import { type ObjectKey, objectKey } from "../../api/object.ts";
import type { EnvoyProxy } from "../../api/v1alpha1/envoyproxy.ts";
import type { Collection, Context, Graph } from "../../engine/index.ts";
import { type Condition, isFalse, isTrue } from "../conditions.ts";
import { sameData } from "../equal.ts";
import type { ObjectCollections } from "../objects.ts";
import type { TranslationOptions } from "../options.ts";

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

const invalidParameters = (why: string): Condition =>
  isFalse("Accepted", "InvalidParameters", `Invalid parametersRef: ${why}`);

function manage(object: GatewayClass, proxies: Collection<EnvoyProxy>, ctx: Context): ManagedClass {
  const ref = object.spec.parametersRef;
  if (!ref) return { object, condition: isTrue("Accepted", "Accepted", "Valid GatewayClass") };
  if (ref.group !== "gateway.envoyproxy.io" || ref.kind !== "EnvoyProxy") {
    const why = `spec.parametersRef names ${ref.group}/${ref.kind}; only gateway.envoyproxy.io/EnvoyProxy is supported.`;
    return { object, condition: invalidParameters(why) };
  }
  const proxyKey = objectKey(ref.namespace ?? "default", ref.name);
  const proxy = ctx.get(proxies, proxyKey);
  if (!proxy) {
    const why = `EnvoyProxy ${proxyKey} does not exist; create it or remove spec.parametersRef.`;
    return { object, condition: invalidParameters(why), proxyKey };
  }
  return { object, condition: isTrue("Accepted", "Accepted", "Valid GatewayClass"), proxy, proxyKey };
}
