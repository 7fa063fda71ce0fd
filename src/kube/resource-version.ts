/** Whether `one` was written after `other`. Versions of one API server can be compared as numbers. */
export function isLater(one: string, other: string): boolean {
  return one.length === other.length ? one > other : one.length > other.length;
}
