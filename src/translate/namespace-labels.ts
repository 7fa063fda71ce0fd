import type { Collection, Context, Graph } from "../engine/index.ts";
import { sameData } from "./equal.ts";
import type { ObjectCollections } from "./objects.ts";

/** Labels of each declared namespace, its name among them. */
export type NamespaceLabels = Collection<Readonly<Record<string, string>>>;

/** Adds the labels of namespaces to the graph. No namespace can give itself the name of another one, which would open what is meant for that. */
export function createNamespaceLabels(graph: Graph, objects: ObjectCollections): NamespaceLabels {
  return graph.derive({
    name: "namespaceLabels",
    from: objects.of("Namespace"),
    map: ({ metadata }) => ({ ...metadata.labels, ...implied(metadata.name) }),
    equal: sameData,
  });
}

/** A namespace nobody declared exists all the same; like an API server we give it its name as a label. */
export function labelsOf(
  namespace: string,
  namespaceLabels: NamespaceLabels,
  ctx: Context,
): Readonly<Record<string, string>> {
  return ctx.get(namespaceLabels, namespace) ?? implied(namespace);
}

const implied = (name: string): Readonly<Record<string, string>> => ({ "kubernetes.io/metadata.name": name });
