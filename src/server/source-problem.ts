import type { SourceProblem } from "../sources/source.ts";

/** A problem as one line: `file:line:column: Kind namespace/name: field: message (effect)`, unknown parts left out. */
export function sourceProblemLine(problem: SourceProblem): string {
  const { file, line, column, kind, key, field, message, effect } = problem;
  const place = [file, line, column].filter((part) => part !== undefined).join(":");
  const object = [kind, key].filter((part) => part !== undefined).join(" ");
  const text = [place, object, field, message].filter((part) => part !== undefined && part !== "").join(": ");
  return effect === undefined ? text : `${text}${/[.?!]$/.test(text) ? "" : "."} ${effect}`;
}
