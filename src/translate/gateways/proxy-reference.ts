import { type ObjectKey, objectKey } from "../../api/object.ts";
import type { EnvoyProxy } from "../../api/v1alpha1/envoyproxy.ts";
import type { Collection, Context } from "../../engine/index.ts";
import { type Condition, isFalse } from "../conditions.ts";

/** A `parametersRef` that was followed: the EnvoyProxy, or why there is none. */
export interface ProxyReference {
  readonly proxy?: EnvoyProxy;
  /** Key of the EnvoyProxy that is named, whether it exists or not. */
  readonly proxyKey?: ObjectKey;
  /** `Accepted=False` `InvalidParameters`. */
  readonly problem?: Condition;
}

/** Follows the `parametersRef` of a GatewayClass or Gateway. `field`: its path, for messages; `namespace`: where it leads to. */
export function followParametersRef(
  ref: { readonly group: string; readonly kind: string; readonly name: string },
  field: string,
  namespace: string | undefined,
  proxies: Collection<EnvoyProxy>,
  ctx: Context,
): ProxyReference {
  if (ref.group !== "gateway.envoyproxy.io" || ref.kind !== "EnvoyProxy") {
    const why = `${field} names ${ref.group}/${ref.kind}; only gateway.envoyproxy.io/EnvoyProxy is supported.`;
    return { problem: invalidParameters(why) };
  }
  const proxyKey = objectKey(namespace, ref.name);
  const proxy = ctx.get(proxies, proxyKey);
  if (proxy) return { proxy, proxyKey };
  return {
    proxyKey,
    problem: invalidParameters(`EnvoyProxy ${proxyKey} does not exist; create it or remove ${field}.`),
  };
}

function invalidParameters(why: string): Condition {
  return isFalse("Accepted", "InvalidParameters", `Invalid parametersRef: ${why}`);
}
