import type { KubeObject } from "../../api/object.ts";
import type { AnyObject } from "../../kube/client.ts";
import { apiVersionOf } from "../../kube/resource.ts";
import { sameData } from "../../translate/equal.ts";
import { type FollowedKind, hasOurStatus, isMetadataOnly } from "./kinds.ts";

/** What `kubectl apply` writes down for itself: a copy of the whole object. */
const lastApplied = "kubectl.kubernetes.io/last-applied-configuration";

/**
 * An object without what no translation looks at: who manages which field, the bookkeeping of `kubectl`, and statuses that we write
 * ourselves. With thousands of routes these are most of what the API server sends.
 */
export function trimmed(raw: AnyObject, { definition, resource }: FollowedKind): Record<string, unknown> {
  const { metadata, status, ...rest } = raw;
  const body = isMetadataOnly(definition.kind) ? {} : rest;
  return {
    ...body,
    // Items of a list name neither.
    apiVersion: apiVersionOf(resource),
    kind: resource.kind,
    metadata: trimmedMetadata(metadata),
    ...(status !== undefined && !hasOurStatus(definition) && !isMetadataOnly(definition.kind) && { status }),
  };
}

function trimmedMetadata(metadata: AnyObject["metadata"]): Record<string, unknown> {
  const { name, namespace, uid, generation, labels, annotations, deletionTimestamp } = metadata;
  const { creationTimestamp, finalizers } = metadata;
  const kept = annotationsOf(annotations);
  return {
    name,
    ...(namespace !== undefined && { namespace }),
    ...(uid !== undefined && { uid }),
    ...(generation !== undefined && { generation }),
    ...(creationTimestamp !== undefined && { creationTimestamp }),
    ...(deletionTimestamp !== undefined && { deletionTimestamp }),
    ...(labels !== undefined && { labels }),
    ...(kept !== undefined && { annotations: kept }),
    ...(finalizers !== undefined && { finalizers }),
  };
}

function annotationsOf(
  annotations: AnyObject["metadata"]["annotations"],
): Readonly<Record<string, string>> | undefined {
  if (annotations === undefined || annotations[lastApplied] === undefined) return annotations;
  const { [lastApplied]: _, ...rest } = annotations;
  return Object.keys(rest).length > 0 ? rest : undefined;
}

/**
 * Whether a newer version of an object differs in nothing but its status, told without a look at its specification: the API server
 * counts changes of that in `generation`, for kinds that have a status of their own.
 */
export function differsInStatusOnly(former: KubeObject, raw: AnyObject, kind: FollowedKind): boolean {
  if (!hasOurStatus(kind.definition)) return false;
  const { generation, uid } = raw.metadata;
  if (generation === undefined || generation !== former.metadata.generation || uid !== former.metadata.uid)
    return false;
  return sameData(former.metadata, trimmedMetadata(raw.metadata));
}
