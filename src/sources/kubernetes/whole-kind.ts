import { objectKey } from "../../api/object.ts";
import type { AnyObject, KubeClient } from "../../kube/client.ts";
import type { ReflectorSink } from "../../kube/reflector.ts";
import type { Intake } from "./intake.ts";
import { type FollowedKind, isMetadataOnly } from "./kinds.ts";
import { isWithin, namespaceOf, type Scope } from "./scope.ts";

/** Takes all objects of a kind, as far as their namespace is in sight. */
export function wholeKindSink(
  kind: FollowedKind,
  intake: Intake,
  scope: Scope,
  namespace: string | undefined,
): ReflectorSink {
  const name = kind.definition.kind;
  const take = (object: AnyObject, isFinal: boolean): void => {
    if (scope.isVisible(object.metadata.namespace ?? "")) intake.take(kind, object, isFinal);
  };
  return {
    listed: (objects) => {
      for (const object of objects) take(object, true);
    },
    completed: (keys) => {
      for (const key of intake.keys(name))
        if (!keys.has(key) && isWithin(namespaceOf(key), namespace)) intake.drop(name, key);
    },
    changed: (object) => take(object, false),
    deleted: ({ metadata }) => intake.drop(name, objectKey(metadata.namespace, metadata.name), metadata.uid),
  };
}

/** Reads the objects of a namespace that has just come into sight. */
export async function readNamespace(
  client: KubeClient,
  kind: FollowedKind,
  intake: Intake,
  namespace: string,
): Promise<void> {
  const selection = { namespace, isMetadataOnly: isMetadataOnly(kind.definition.kind) };
  for await (const { items } of client.pages(kind.resource, selection))
    for (const item of items) intake.take(kind, item);
}
