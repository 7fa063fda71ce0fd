import type { Json } from "../structural.ts";

/** A value from which no field and no item can be taken without `isRight` becoming false; the value itself has to be right. */
export function shrunk(value: Json, isRight: (value: Json) => boolean): Json {
  let current = value;
  for (let isSmaller = true; isSmaller; ) {
    isSmaller = false;
    for (const smaller of oneLess(current)) {
      if (!isRight(smaller)) continue;
      current = smaller;
      isSmaller = true;
      break;
    }
  }
  return current;
}

/** The value without one of its parts, large parts first. */
function* oneLess(value: Json): Generator<Json> {
  if (typeof value !== "object" || value === null) return;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) yield value.toSpliced(i, 1);
    for (let i = 0; i < value.length; i++) {
      for (const smaller of oneLess(value[i] ?? null)) yield value.toSpliced(i, 1, smaller);
    }
    return;
  }
  const fields = value as Readonly<Record<string, Json>>;
  for (const field of Object.keys(fields)) {
    const { [field]: _gone, ...rest } = fields;
    yield rest;
  }
  for (const [field, member] of Object.entries(fields)) {
    for (const smaller of oneLess(member)) yield { ...fields, [field]: smaller };
  }
}
