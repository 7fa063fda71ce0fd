/** Parts of Envoy's `/config_dump`, by the names commands give them. */
export const dumpTypes = {
  bootstrap: "type.googleapis.com/envoy.admin.v3.BootstrapConfigDump",
  endpoint: "type.googleapis.com/envoy.admin.v3.EndpointsConfigDump",
  cluster: "type.googleapis.com/envoy.admin.v3.ClustersConfigDump",
  listener: "type.googleapis.com/envoy.admin.v3.ListenersConfigDump",
  route: "type.googleapis.com/envoy.admin.v3.RoutesConfigDump",
  secret: "type.googleapis.com/envoy.admin.v3.SecretsConfigDump",
  extension: "type.googleapis.com/envoy.admin.v3.EcdsConfigDump",
} as const;

export type DumpType = keyof typeof dumpTypes;
