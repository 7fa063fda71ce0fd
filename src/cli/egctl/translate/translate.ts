import { sourceProblemLine } from "../../../server/source-problem.ts";
import type { ObjectChange } from "../../../sources/source.ts";
import { type CliContext, CommandError } from "../../context.ts";
import { formatted } from "../../output/formats.ts";
import { readGiven } from "../manifests.ts";
import { offlineOptions, translateOnce } from "../offline-translation.ts";
import { addMissingResources } from "./missing-resources.ts";
import { groupedObjects } from "./objects.ts";
import type { TranslateOptions } from "./options.ts";

/**
 * Translates manifests and returns what was asked for as one document. Services are reached at their cluster IP and low ports are
 * shifted, as for Envoys in a cluster. Throws a {@link CommandError} if an object is not valid.
 */
export async function translate(options: TranslateOptions, context: CliContext): Promise<string> {
  const { objects, problems } = await readGiven(options.file, context, options.namespace);
  const errors = problems.filter(({ severity }) => severity === "error");
  if (errors.length > 0)
    throw new CommandError(errors.map(({ effect: _, ...problem }) => sourceProblemLine(problem)).join("\n"));
  for (const { effect: _, ...problem } of problems)
    context.stderr.write(`${problem.severity}: ${sourceProblemLine(problem)}\n`);

  const settings = offlineOptions({
    controllerNamespace: options.namespace,
    clusterDomain: options.dnsDomain,
    routingType: "Service",
    shiftPrivilegedPorts: true,
  });
  const all = options.addMissingResources ? addMissingResources(objects, settings.controllerName) : objects;
  requireGatewayClass(all);
  const { translation, changes } = translateOnce(all, settings);
  for (const { collection, key, error } of changes.report.failures) {
    const reason = error instanceof Error ? error.message : String(error);
    context.stderr.write(
      `error: ${key} could not be translated because of a mistake of the program (${collection}: ${reason})\n`,
    );
  }
  const wants = (target: TranslateOptions["to"][number]): boolean => options.to.includes(target);
  const document = {
    ...(wants("gateway-api") && groupedObjects(all, translation, settings.controllerName)),
    ...(wants("ir") && (await import("./intermediate.ts")).intermediate(translation, changes)),
    ...(wants("xds") && { xds: await (await import("./envoy-config.ts")).envoyConfigs(translation, changes, options) }),
  };
  return formatted(document, options.output);
}

function requireGatewayClass(objects: readonly ObjectChange[]): void {
  if (objects.some(({ kind }) => kind === "GatewayClass")) return;
  throw new CommandError("the GatewayClass resource is required; add one, or say --add-missing-resources");
}
