import type { AnyObject } from "../client.ts";

/** All but metadata and status, as a text that can be compared. */
export function bodyOf({ metadata: _, status: __, ...body }: AnyObject): string {
  return JSON.stringify(body);
}

/** An object as an answer shows it. */
export function shown(object: AnyObject, isMetadataOnly: boolean): AnyObject {
  return isMetadataOnly ? { metadata: object.metadata } : object;
}

/** A JSON merge patch (RFC 7386) of one level. */
export function merged(former: unknown, patch: unknown): unknown {
  const entries = Object.entries({ ...(former as object | undefined), ...(patch as object | undefined) });
  return Object.fromEntries(entries.filter(([, value]) => value !== null));
}
