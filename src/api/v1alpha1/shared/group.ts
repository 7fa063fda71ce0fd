/** The API group of this gateway's own kinds. */

/** Group of Backend, EnvoyProxy and the policies. */
export const ENVOY_GATEWAY_GROUP = "gateway.envoyproxy.io";

/** Category under which `kubectl get envoy-gateway` lists them. */
export const ENVOY_GATEWAY_CATEGORY = "envoy-gateway";
