/** Why a feature of the Gateway API's gateway profiles is not claimed. */
export const reasons: Readonly<Record<string, string>> = {
  GatewayAddressRoutability:
    "experimental, and no test in the suite. The field is admitted; a cluster's load balancer says itself from where its addresses can be reached",
  GatewayAddressRoutabilityCluster: "as `GatewayAddressRoutability`",
  GatewayListenerFilters: "experimental, and no test in the suite. Filters belong to routes and policies",
};
