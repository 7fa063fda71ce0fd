import type { Command } from "commander";
import { type CliContext, CommandError } from "../context.ts";

/** `egctl experimental install` and `uninstall` say how it is done: Helm renders the chart, nothing here does so again. */
export function addInstall(parent: Command, _context: CliContext): void {
  for (const [name, { about, advice }] of Object.entries(commands)) {
    parent
      .command(name)
      .description(about)
      .allowUnknownOption()
      .allowExcessArguments()
      .action(() => {
        throw new CommandError(advice);
      });
  }
}

const commands = {
  install: {
    about: "say how Envoy Gateway is installed in a cluster (by Helm or kubectl)",
    advice: `egctl does not install Envoy Gateway; Helm and kubectl do:
  helm install eg CHART -n envoy-gateway-system --create-namespace   # CHART: gateway-helm, or its package of \`make helm-package\`
  kubectl apply --server-side -f install.yaml                        # written by \`make install-manifest\``,
  },
  uninstall: {
    about: "say how Envoy Gateway is removed from a cluster (by Helm or kubectl)",
    advice: `egctl does not remove Envoy Gateway; what installed it does:
  helm uninstall eg -n envoy-gateway-system
  kubectl delete -f install.yaml`,
  },
} as const;
