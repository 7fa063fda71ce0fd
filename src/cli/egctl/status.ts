import type { Command } from "commander";
import { type CliContext, CommandError } from "../context.ts";
import type { StatusOptions } from "./status/options.ts";
import { withTargetOptions } from "./target/options.ts";

/** `egctl experimental status`: conditions of objects, as a table. */
export function addStatus(parent: Command, context: CliContext): void {
  const command = parent
    .command("status <kind>")
    .description(
      "show the conditions of objects: of one kind, of all routes (xroute), of all policies (xpolicy), or all",
    )
    .option("-q, --quiet", "the newest condition of each object only")
    .option("-v, --verbose", "messages, generations and times, too")
    .option("-A, --all-namespaces", "objects of all namespaces")
    .option(
      "-n, --namespace <name>",
      "objects of this namespace (default: that of the kubeconfig's context, else default)",
    );
  withTargetOptions(command).action(async (kind: string, options: StatusOptions) => {
    const { kindsFor } = await import("./status/kinds.ts");
    const kinds = kindsFor(kind);
    if ("supported" in kinds)
      throw new CommandError(`There are no statuses of ${kind}. Supported: ${kinds.supported.join(", ")}.`);
    const { statusTables } = await import("./status/tables.ts");
    context.stdout.write(await statusTables(kinds, options, context));
  });
}
