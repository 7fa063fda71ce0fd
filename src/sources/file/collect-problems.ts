import { compareText } from "../../api/object.ts";
import type { SourceProblem } from "../source.ts";
import type { FileRecord } from "./file-record.ts";
import type { PlacedDefinition } from "./line-index.ts";
import { objectId } from "./manifest.ts";

/** All problems in their places, by file, line and column. */
export function collectProblems(
  records: Iterable<FileRecord>,
  contested: readonly (readonly PlacedDefinition[])[],
): SourceProblem[] {
  const problems: SourceProblem[] = [];
  for (const record of records) problems.push(...problemsOf(record));
  for (const definitions of contested) problems.push(...duplicates(definitions));
  return problems.sort(compareProblems);
}

function* problemsOf(record: FileRecord): Generator<SourceProblem> {
  if (record.problem !== undefined) yield record.problem;
  for (const document of record.documents) {
    for (const problem of document.manifest.problems) {
      const line = document.line + (problem.line ?? 1) - 1;
      const mayLose = problem.severity === "error" || problem.code === "UnknownKind";
      const effect = mayLose ? effectOf(problem, record) : undefined;
      yield { ...problem, file: record.path, line, ...(effect !== undefined && { effect }) };
    }
  }
}

/** What an error does to the objects that are served. */
function effectOf(problem: SourceProblem, record: FileRecord): string | undefined {
  if (problem.kind === undefined || problem.key === undefined) {
    const lost = [...record.kept.values()]
      .filter((kept) => kept.isLost)
      .map(({ object }) => `${object.kind} ${object.key}`);
    if (lost.length === 0) return undefined;
    const shown = lost.length <= 3 ? lost.join(", ") : `${lost.slice(0, 3).join(", ")} and ${lost.length - 3} more`;
    return `What this file defined before stays in effect: ${shown}.`;
  }
  return record.kept.has(objectId(problem.kind, problem.key))
    ? "Its last good version stays in effect."
    : "The object is not in effect.";
}

function* duplicates(definitions: readonly PlacedDefinition[]): Generator<SourceProblem> {
  const [first, ...others] = definitions;
  if (first === undefined) return;
  for (const { definition, origin } of others) {
    const { object } = definition;
    yield {
      severity: "warning",
      code: "DuplicateObject",
      message: `${object.kind} ${object.key} is defined at ${first.origin.file}:${first.origin.line}, too; that definition counts, this one is ignored`,
      file: origin.file,
      line: origin.line,
      kind: object.kind,
      key: object.key,
    };
  }
}

/** Order in which problems are shown: by file, line and column. */
export function compareProblems(a: SourceProblem, b: SourceProblem): number {
  return (
    compareText(a.file ?? "", b.file ?? "") ||
    (a.line ?? 0) - (b.line ?? 0) ||
    (a.column ?? 0) - (b.column ?? 0) ||
    compareText(a.field ?? "", b.field ?? "") ||
    compareText(a.code, b.code)
  );
}
