import type { StoredStatus } from "../../../status/store.ts";
import type { Answer } from "../../http/answer.ts";
import { isBad } from "../condition-health.ts";
import type { AdminContext } from "../context.ts";
import { kindNamed } from "../kind-names.ts";
import { html, type Markup, type Part } from "./html.ts";
import { pageAnswer } from "./layout.ts";
import { conditionGroups, conditionList, objectLink, paged, plural, table } from "./parts.ts";

/** Kinds that are asked for together. */
const groups: Readonly<Record<string, (kind: string) => boolean>> = {
  routes: (kind) => kind.endsWith("Route"),
  policies: (kind) => kind.endsWith("Policy"),
};

/** The statuses of all objects: `?kind=` of a kind or group, `?name=` of objects so named, `?only=problems`. */
export function statusPage(context: AdminContext, url: URL): Answer {
  const all = context.plane()?.statuses?.list() ?? [];
  const kind = url.searchParams.get("kind") ?? "";
  const name = url.searchParams.get("name") ?? "";
  const isOnlyProblems = url.searchParams.get("only") === "problems";
  const known = kindNamed(kind)?.kind;
  const isWanted = groups[kind] ?? ((other: string) => kind === "" || other === (known ?? kind));
  const found = all.filter(
    (stored) =>
      isWanted(stored.kind) && stored.key.includes(name) && (!isOnlyProblems || conditionsOf(stored).some(isBad)),
  );
  const { shown, links } = paged(found, url);
  const kinds = [...new Set(all.map((stored) => stored.kind))];
  const content = html`
${filterForm({ kinds, kind: known ?? kind, name, isOnlyProblems })}
${table(
  `${plural(found.length, "object")}${found.length === all.length ? "" : ` of ${all.length.toLocaleString("en")}`}`,
  ["Object", "About", "Conditions"],
  shown.flatMap(rowsOf),
  all.length === 0 ? "No object has a status yet." : "No object is like that.",
)}
${links}`;
  return pageAnswer({ path: "/status", content, sources: ["/api/status"] });
}

function conditionsOf(stored: StoredStatus) {
  return conditionGroups(stored).flatMap(({ conditions }) => conditions);
}

function rowsOf(stored: StoredStatus): readonly (readonly Part[])[] {
  return conditionGroups(stored).map(({ about, conditions }, i) => [
    i === 0 ? objectLink(stored.kind, stored.key) : html`<span class="dim">${stored.kind} ${stored.key}</span>`,
    about,
    conditionList(conditions),
  ]);
}

function filterForm(given: {
  readonly kinds: readonly string[];
  readonly kind: string;
  readonly name: string;
  readonly isOnlyProblems: boolean;
}): Markup {
  const option = (value: string, text: string): Markup =>
    html`<option value="${value}"${value === given.kind && html` selected`}>${text}</option>`;
  return html`<form method="get" action="/status" role="search">
<label>Kind <select name="kind">${option("", "all")}${option("routes", "all routes")}${option("policies", "all policies")}${given.kinds.map((kind) => option(kind, kind))}</select></label>
<label>Namespace or name <input name="name" value="${given.name}" autocomplete="off" spellcheck="false"></label>
<label>Show <select name="only"><option value="">everything</option><option value="problems"${given.isOnlyProblems && html` selected`}>problems only</option></select></label>
<button>Show</button>
</form>`;
}
