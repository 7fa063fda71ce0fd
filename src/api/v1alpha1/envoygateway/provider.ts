/** Where objects come from and where proxies run. */
import { type Infer, listOf, named, object, oneOf, optional, required, string } from "../../../schema/builder.ts";
import { rule } from "../../../schema/rules.ts";
import { ExtensionService } from "./extension-service.ts";
import { EnvoyGatewayKubernetesProvider, kubernetesSourceFields } from "./kubernetes-provider.ts";

function needed(type: string, field: string) {
  return rule(`self.type != '${type}' || has(self.${field})`, `${field} must be given for type ${type}`);
}

/** Where objects come from. */
export const EnvoyGatewayResourceProvider = named(
  "EnvoyGatewayResourceProvider",
  object(
    {
      type: required(oneOf("File", "Kubernetes"), "Files, or an API server."),
      file: optional(
        object({
          paths: required(
            listOf(string(), {}, rule("size(self) > 0", "paths must name a file or directory")),
            "Files and directories; those inside directories are not entered, and names that start with a dot are left out.",
          ),
        }),
        "The files.",
      ),
      kubernetes: optional(object(kubernetesSourceFields), "The API server."),
    },
    needed("File", "file"),
  ),
  "Where objects come from.",
);
export type EnvoyGatewayResourceProvider = Infer<typeof EnvoyGatewayResourceProvider>;

/** Directories of a control plane that runs proxies on its own host. */
export const EnvoyGatewayHostInfrastructureProvider = named(
  "EnvoyGatewayHostInfrastructureProvider",
  object({
    configHome: optional(string(), "Certificates. Default: `~/.config/envoy-gateway`."),
    dataHome: optional(string(), "Programs. Default: `~/.local/share/envoy-gateway`."),
    stateHome: optional(string(), "Logs. Default: `~/.local/state/envoy-gateway`."),
    runtimeDir: optional(
      string(),
      "Sockets and what else lives as long as the process. Default: `/tmp/envoy-gateway-<uid>`.",
    ),
  }),
  "Directories of a control plane that runs proxies on its own host.",
);
export type EnvoyGatewayHostInfrastructureProvider = Infer<typeof EnvoyGatewayHostInfrastructureProvider>;

/** Where proxies run. */
export const EnvoyGatewayInfrastructureProvider = named(
  "EnvoyGatewayInfrastructureProvider",
  object(
    {
      type: required(oneOf("Host", "Remote"), "On this host, or as another service sees to it."),
      host: optional(EnvoyGatewayHostInfrastructureProvider, "Directories on this host."),
      remote: optional(object({ service: required(ExtensionService, "The service.") }), "A service that runs proxies."),
    },
    needed("Host", "host"),
    needed("Remote", "remote"),
  ),
  "Where proxies run.",
);
export type EnvoyGatewayInfrastructureProvider = Infer<typeof EnvoyGatewayInfrastructureProvider>;

/** Where objects come from and where proxies run. */
export const EnvoyGatewayProvider = named(
  "EnvoyGatewayProvider",
  object(
    {
      type: required(oneOf("Kubernetes", "Custom"), "A cluster for both, or as `custom` says."),
      kubernetes: optional(EnvoyGatewayKubernetesProvider, "The cluster."),
      custom: optional(
        object({
          resource: required(EnvoyGatewayResourceProvider, "Where objects come from."),
          infrastructure: optional(
            EnvoyGatewayInfrastructureProvider,
            "Where proxies run. Absent means that none is run.",
          ),
        }),
        "Something else than a cluster.",
      ),
    },
    needed("Custom", "custom"),
  ),
  "Where objects come from and where proxies run.",
);
export type EnvoyGatewayProvider = Infer<typeof EnvoyGatewayProvider>;
