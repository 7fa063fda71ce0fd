/** The resource types we serve. */
export type ResourceType = "cluster" | "endpoint" | "extension" | "listener" | "route" | "secret";

/** Types whose resources are put together of members that change one by one: virtual hosts of a route table, parts of an extension. */
export type TableType = "extension" | "route";

/** Whether resources of this type are put together of members. */
export function isTableType(type: ResourceType): type is TableType {
  return type === "route" || type === "extension";
}

/** Type URLs of the resource types, as they stand in a DiscoveryRequest. */
export const typeUrls: Readonly<Record<ResourceType, string>> = {
  cluster: "type.googleapis.com/envoy.config.cluster.v3.Cluster",
  endpoint: "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment",
  extension: "type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig",
  listener: "type.googleapis.com/envoy.config.listener.v3.Listener",
  route: "type.googleapis.com/envoy.config.route.v3.RouteConfiguration",
  secret: "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret",
};
