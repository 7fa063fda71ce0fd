import type { HTTPRoute } from "../../../api/gateway-api/httproute.ts";
import type { Commit } from "../../../server/controller.ts";
import { sourceProblemLine } from "../../../server/source-problem.ts";
import type { ObjectChange, Origin, SourceProblem } from "../../../sources/source.ts";
import type { ObjectStatus } from "../../../translate/conditions.ts";
import type { Translation } from "../../../translate/translation.ts";
import { routeUrls } from "./urls.ts";
import { complaints, isAccepted } from "./verdict.ts";

/** Lines about one change; what is more is told as a number. */
const mostLines = 8;

/** What change lines are made from. */
export interface ChangeSources {
  readonly translation: () => Translation;
  readonly origin: (kind: string, key: string) => Origin | undefined;
}

/** Tells in a few lines what each change of the manifests did. */
export class ChangeLines {
  readonly #sources: ChangeSources;
  #problems = new Set<string>();

  constructor(sources: ChangeSources) {
    this.#sources = sources;
  }

  /** Takes note of what is wrong already, so that it is not told as news. */
  start(problems: readonly SourceProblem[]): void {
    this.#problems = new Set(problems.map(sourceProblemLine));
  }

  /** Lines for a commit; none when nothing changed that a user would notice. */
  of({ changes, batch }: Commit): string[] {
    const lines: string[] = [];
    const told = new Set<string>();
    for (const change of batch?.changes ?? []) {
      told.add(`${change.kind}/${change.key}`);
      lines.push(
        this.#objectLine(change, changes.statuses.find(({ key }) => key === `${change.kind}/${change.key}`)?.previous),
      );
    }
    for (const { key, value, previous } of changes.statuses) {
      if (!value || !previous || told.has(key)) continue;
      const now = complaints(value);
      if (now.join() === complaints(previous).join()) continue;
      lines.push(
        `${value.kind} ${value.key}: ${now.length > 0 ? `${now.join("; ")}${this.#place(value)}` : "all is well again"}`,
      );
    }
    return [...limited(lines), ...this.#problemLines(batch?.problems)];
  }

  #objectLine({ kind, key, object }: ObjectChange, previous: ObjectStatus | undefined): string {
    const translation = this.#sources.translation();
    const status = translation.statuses.get(`${kind}/${key}`);
    const name = `${kind} ${key}`;
    if (!object) {
      const effect = kind === "HTTPRoute" ? "served" : "in effect";
      return `${name}: removed${isAccepted(previous) ? `, no longer ${effect}` : ""}`;
    }
    const wrong = complaints(status);
    if (wrong.length > 0 && status)
      return `${name}: ${isAccepted(status) ? "partly" : "not"} in effect: ${wrong.join("; ")}${this.#place(status)}`;
    if (kind !== "HTTPRoute") return `${name}: in effect`;
    const urls = routeUrls(object as unknown as HTTPRoute, status, translation);
    if (urls.length === 0) return `${name}: names no Gateway that is run here`;
    return `${name}: ${isAccepted(previous) ? "changed, served on" : "now served on"} ${listed(urls)}`;
  }

  #problemLines(problems: readonly SourceProblem[] | undefined): string[] {
    if (!problems) return [];
    const former = this.#problems;
    this.#problems = new Set(problems.map(sourceProblemLine));
    const news = problems.filter((problem) => !former.has(sourceProblemLine(problem)));
    const words = { error: "rejected", warning: "warning", info: "note" } as const;
    const gone = [...former].filter((line) => !this.#problems.has(line)).length;
    return [
      ...limited(news.map((problem) => `${words[problem.severity]}: ${sourceProblemLine(problem)}`)),
      ...(gone > 0 && problems.length === 0 ? ["all problems in the manifests are solved"] : []),
    ];
  }

  #place({ kind, key }: ObjectStatus): string {
    const origin = this.#sources.origin(kind, key);
    return origin ? ` [${origin.file}:${origin.line}]` : "";
  }
}

function limited(lines: readonly string[]): string[] {
  return lines.length <= mostLines
    ? [...lines]
    : [...lines.slice(0, mostLines - 1), `… and ${lines.length - mostLines + 1} more`];
}

function listed(urls: readonly string[]): string {
  return urls.length <= 3 ? urls.join(", ") : `${urls.slice(0, 3).join(", ")} and ${urls.length - 3} more`;
}
