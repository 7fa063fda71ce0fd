import type { Selection } from "../../kube/client.ts";
import { partsOf, type TargetId, targetId } from "./references.ts";

/** What of an object tells where it belongs. */
export interface Labelled {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string | undefined;
    readonly labels?: Readonly<Record<string, string>> | undefined;
  };
}

/** How objects of a kind belong to what is referred to. */
export interface Belonging {
  /** What an object belongs to: itself, or, for an EndpointSlice, the Services in its labels. */
  readonly targetsOf: (object: Labelled) => readonly TargetId[];
  /** What selects all objects of a target from those of its namespace. */
  readonly selection: (target: TargetId) => Pick<Selection, "labelSelector" | "fieldSelector">;
}

/** Objects that are referred to themselves. */
export function itself(kind: string): Belonging {
  return {
    targetsOf: ({ metadata }) => [targetId(kind, metadata.namespace ?? "", metadata.name)],
    selection: (target) => ({ fieldSelector: `metadata.name=${partsOf(target).name}` }),
  };
}

const sliceLabels: Readonly<Record<string, string>> = {
  Service: "kubernetes.io/service-name",
  ServiceImport: "multicluster.kubernetes.io/service-name",
};

/** EndpointSlices belong to the Service, or the ServiceImport, that their labels name. */
export const slicesOfServices: Belonging = {
  targetsOf: ({ metadata }) =>
    Object.entries(sliceLabels).flatMap(([kind, label]) => {
      const name = metadata.labels?.[label];
      return name ? [targetId(kind, metadata.namespace ?? "", name)] : [];
    }),
  selection: (target) => {
    const { kind, name } = partsOf(target);
    return { labelSelector: `${sliceLabels[kind]}=${name}` };
  },
};
