import { problemLine } from "../../config/problem.ts";
import type { Answer } from "../../http/answer.ts";
import { messageOf } from "../../message-of.ts";
import { sourceProblemLine } from "../../source-problem.ts";
import type { AdminContext } from "../context.ts";
import { html, type Markup, type Part } from "./html.ts";
import { pageAnswer, refreshLink, refreshOf } from "./layout.ts";
import { paged, state, table } from "./parts.ts";

interface Problem {
  readonly severity: "error" | "warning" | "info";
  readonly text: string;
}

interface Place {
  readonly title: string;
  readonly problems: readonly Problem[];
}

/** Everything that is wrong, by where it was found. */
function placesOf(context: AdminContext): readonly Place[] {
  const plane = context.plane();
  const configuration = context
    .configProblems()
    .map((problem): Problem => ({ severity: problem.severity, text: problemLine(problem) }));
  const objects = (plane?.report.problems ?? []).map(
    (problem): Problem => ({ severity: problem.severity, text: sourceProblemLine(problem) }),
  );
  const fleets = (plane?.infrastructure?.statuses() ?? []).flatMap(({ key, problems }) =>
    problems.map(({ severity, message }): Problem => ({ severity, text: `${key}: ${message}` })),
  );
  const refused = (plane?.xds.streams() ?? []).flatMap(({ node, types }) =>
    types.flatMap(({ type, quarantined }) =>
      quarantined.map(
        ({ name, virtualHost, message }): Problem => ({
          severity: "error",
          text: `${node}: ${type} ${name}${virtualHost === undefined ? "" : ` ${virtualHost}`}: ${message}`,
        }),
      ),
    ),
  );
  const failures = (plane?.controller.translation.graph.failures() ?? []).map(
    ({ collection, key, error }): Problem => ({
      severity: "error",
      text: `${collection} ${key}: ${messageOf(error)}`,
    }),
  );
  return [
    { title: "Configuration file", problems: configuration },
    { title: "Objects", problems: objects },
    { title: "Envoys", problems: fleets },
    { title: "Refused by an Envoy", problems: refused },
    { title: "Mistakes of this program", problems: failures },
  ];
}

/** Errors and warnings, not mere notices. */
export function problemCount(context: AdminContext): number {
  return placesOf(context).reduce(
    (sum, { problems }) => sum + problems.filter(({ severity }) => severity !== "info").length,
    0,
  );
}

export function problemsPage(context: AdminContext, url: URL): Answer {
  const places = placesOf(context).filter(({ problems }) => problems.length > 0);
  const content = html`
${refreshLink(url)}
<p>What stands in <a href="/status?only=problems">statuses of objects</a> is not repeated here.</p>
${places.length === 0 ? html`<p>${state("good", "No problems in the configuration, objects, Envoys or this program.")}</p>` : places.map((place) => section(place, url))}`;
  return pageAnswer({ path: "/problems", content, refresh: refreshOf(url), sources: ["/api/problems"] });
}

const severities: Readonly<Record<Problem["severity"], Markup>> = {
  error: state("bad", "error"),
  warning: state("warning", "warning"),
  info: html`<span class="dim">info</span>`,
};

function section({ title, problems }: Place, url: URL): Markup {
  const { shown, links } = paged(problems, url);
  const rows = shown.map(({ severity, text }): Part[] => [severities[severity], text]);
  return html`<h2>${title}</h2>
${table(`${problems.length.toLocaleString("en")} found`, ["Severity", "What is wrong"], rows, "")}${links}`;
}
