import type { AnyObject } from "./client.ts";

/** `namespace/name`, or `name` for what is in no namespace. */
export function keyOf({ metadata }: Pick<AnyObject, "metadata">): string {
  return metadata.namespace ? `${metadata.namespace}/${metadata.name}` : metadata.name;
}
