import { objectKey } from "../api/object.ts";
import type { Context, Graph } from "../engine/index.ts";
import type { ObjectCollections } from "./objects.ts";

/** The object that refers, as a ReferenceGrant's `from` names it. */
export interface Referrer {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
}

/** The object referred to, as a ReferenceGrant's `to` names it. */
export interface Referent {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** Answers whether references across namespaces are allowed. */
export interface ReferenceGrants {
  /** True within one namespace, or when a ReferenceGrant in the referent's namespace allows the reference. */
  allows(ctx: Context, from: Referrer, to: Referent): boolean;
}

const fromKey = (group: string, kind: string, namespace: string): string => `${group}/${kind}/${namespace}`;

/** Adds the index of ReferenceGrants to the graph. Only references that asked for an affected pair are looked at again when a grant changes. */
export function createReferenceGrants(graph: Graph, objects: ObjectCollections): ReferenceGrants {
  const index = graph.index({
    name: "referenceGrantsByPair",
    from: objects.of("ReferenceGrant"),
    keys: (grant) =>
      grant.spec.from.flatMap((from) =>
        grant.spec.to.map((to) => {
          const target = objectKey(grant.metadata.namespace, to.name ?? "*");
          return `${fromKey(from.group, from.kind, from.namespace)}>${to.group}/${to.kind}/${target}`;
        }),
      ),
  });
  return {
    allows(ctx, from, to) {
      if (from.namespace === to.namespace) return true;
      const pair = `${fromKey(from.group, from.kind, from.namespace)}>${to.group}/${to.kind}/`;
      return (
        ctx.lookup(index, pair + objectKey(to.namespace, "*")).length > 0 ||
        ctx.lookup(index, pair + objectKey(to.namespace, to.name)).length > 0
      );
    },
  };
}
