import { type CliContext, CommandError } from "../context.ts";
import { askJson } from "./admin-client.ts";
import { askEach } from "./target/ask-each.ts";
import { findControlPlanes } from "./target/envoys.ts";
import { controlPlaneNamespace, type PodSelection, type TargetOptions } from "./target/options.ts";
import { onTarget } from "./target/target.ts";

/** Name under which the control plane on this machine is shown, where a cluster has those of its pods. */
const nameOnMachine = "envoy-gateway";

/** Objects as control planes hold them, in the shape namespace → control plane → plural of the kind → objects; Secrets are masked. */
export async function gatewayConfig(
  kind: string,
  wanted: string | undefined,
  options: TargetOptions & PodSelection,
  context: CliContext,
): Promise<Record<string, Record<string, unknown>>> {
  const path = `/api/config_dump?resource=${encodeURIComponent(kind)}`;
  return onTarget(options, context, async (target) => {
    if (target.kind === "cluster") {
      const planes = await findControlPlanes(target.cluster, wanted, options, context);
      return askEach(planes, ({ admin }) => askJson(admin, path), context);
    }
    if (wanted !== undefined && wanted !== nameOnMachine)
      throw new CommandError(`There is no control plane ${wanted} on this machine; it is ${nameOnMachine}.`);
    if (options.namespace !== undefined && options.namespace !== controlPlaneNamespace && !options.allNamespaces)
      throw new CommandError(
        `There is no control plane in namespace ${options.namespace}: the one on this machine is ${controlPlaneNamespace}/${nameOnMachine}.`,
      );
    return { [controlPlaneNamespace]: { [nameOnMachine]: await askJson(target.admin, path) } };
  });
}
