const nothing: readonly never[] = Object.freeze([]);

/**
 * A complete list in as little memory as it can have, for values that are kept by the thousand. One that grew item by item has room
 * for sixteen more, which is more than most lists hold; all empty ones are the same.
 */
export function compact<T>(list: readonly T[]): readonly T[] {
  return list.length === 0 ? nothing : list.slice();
}
