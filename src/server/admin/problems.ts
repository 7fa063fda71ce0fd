import { messageOf } from "../message-of.ts";
import type { AdminContext } from "./context.ts";

/** Everything that is wrong as far as the control plane knows, by where it was found. */
export function describeProblems(context: AdminContext): object {
  const plane = context.plane();
  return {
    configuration: context.configProblems(),
    manifests: plane?.report.problems ?? [],
    fleets: (plane?.infrastructure?.statuses() ?? []).flatMap(({ key, problems }) =>
      problems.map((problem) => ({ fleet: key, ...problem })),
    ),
    refused: (plane?.xds.streams() ?? []).flatMap(({ node, types }) =>
      types.flatMap(({ type, quarantined }) => quarantined.map((resource) => ({ node, type, ...resource }))),
    ),
    failures: (plane?.controller.translation.graph.failures() ?? []).map(({ collection, key, error }) => ({
      collection,
      object: key,
      message: messageOf(error),
    })),
  };
}
