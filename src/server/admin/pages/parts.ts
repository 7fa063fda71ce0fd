/** Building blocks of pages. */
import type { StoredStatus } from "../../../status/store.ts";
import type { Condition, StatusReference } from "../../../translate/conditions.ts";
import { isBad } from "../condition-health.ts";
import { html, type Markup, type Part } from "./html.ts";

/** A column's title; numbers stand at the right. */
export type Column = string | { readonly title: string; readonly isNumber: true };

/**
 * A table; the first cell of each row is its heading. Without rows `empty` takes its place.
 *
 * @param caption what the table shows; where the heading above says it already, `isQuiet` keeps it for those who listen to the page
 */
export function table(
  caption: string,
  columns: readonly Column[],
  rows: readonly (readonly Part[])[],
  empty: string,
  isQuiet = false,
): Markup {
  if (rows.length === 0) return html`<p class="dim">${empty}</p>`;
  const kinds = columns.map((column) => typeof column !== "string" && html` class="number"`);
  const hasNumbers = columns.some((column) => typeof column !== "string");
  const head = columns.map(
    (column, i) => html`<th scope="col"${kinds[i]}>${typeof column === "string" ? column : column.title}</th>`,
  );
  const body = rows.map(
    (cells) =>
      html`<tr>${cells.map((cell, i) => (i === 0 ? html`<th scope="row">${cell}</th>` : html`<td${kinds[i]}>${cell}</td>`))}</tr>\n`,
  );
  return html`<div class="scroll" role="region" aria-label="${caption}" tabindex="0"><table${hasNumbers && html` class="numbers"`}>
<caption${isQuiet && html` class="hidden"`}>${caption}</caption>
<thead><tr>${head}</tr></thead>
<tbody>
${body}</tbody></table></div>`;
}

const marks = { good: "✓", bad: "✗", soft: "…", warning: "!" } as const;

/** How something is, in colour and in words; `soft` is for what is under way. */
export function state(tone: keyof typeof marks, text: string): Markup {
  return html`<span class="state ${tone}"><span aria-hidden="true">${marks[tone]}\u00a0</span>${text}</span>`;
}

/** A condition: its type if all is well, otherwise its reason and message, too. */
export function conditionMark(condition: Condition): Markup {
  const { type, status, reason, message } = condition;
  if (!isBad(condition)) return state(status === "Unknown" ? "soft" : "good", type);
  return html`${state("bad", `${type}=${status} ${reason}`)}<br>${message}`;
}

/** Conditions one below the other, those that are well in one line. */
export function conditionList(conditions: readonly Condition[]): Part {
  const good = conditions.filter((condition) => !isBad(condition));
  const bad = conditions.filter(isBad);
  const line = good.map((condition, i) => [i > 0 && " ", conditionMark(condition)]);
  return html`<ul class="plain">${bad.map((condition) => html`<li>${conditionMark(condition)}</li>`)}${good.length > 0 && html`<li>${line}</li>`}</ul>`;
}

/** Where conditions stand in a status. */
export interface ConditionGroup {
  /** The listener, parent or ancestor they are about; empty for the object as a whole. */
  readonly about: string;
  readonly conditions: readonly Condition[];
}

export function conditionGroups({ status }: StoredStatus): readonly ConditionGroup[] {
  const { conditions, listeners = [], parents = [], ancestors = [] } = status;
  return [
    ...(conditions ? [{ about: "", conditions }] : []),
    ...listeners.map((listener) => ({ about: `listener ${listener.name}`, conditions: listener.conditions })),
    ...parents.map((parent) => ({ about: referenceText(parent.parentRef), conditions: parent.conditions })),
    ...ancestors.map((ancestor) => ({ about: referenceText(ancestor.ancestorRef), conditions: ancestor.conditions })),
  ];
}

function referenceText({ kind, namespace, name, sectionName }: StatusReference): string {
  const object = `${kind ?? "Gateway"} ${namespace === undefined ? "" : `${namespace}/`}${name}`;
  return sectionName === undefined ? object : `${object}, section ${sectionName}`;
}

/** A link to an object as the control plane holds it. */
export function objectLink(kind: string, key: string, withKind = true): Markup {
  const query = `resource=${encodeURIComponent(kind)}&name=${encodeURIComponent(key)}`;
  return html`${withKind && `${kind} `}<a href="/config_dump?${query}">${key}</a>`;
}

export function plural(count: number, noun: string): string {
  return `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
}

/** Entries on one page of a long list. */
const pageSize = 100;

/** The part of a list that `?page=` asks for, and links to the parts beside it. */
export function paged<T>(list: readonly T[], url: URL): { readonly shown: readonly T[]; readonly links: Part } {
  const last = Math.max(1, Math.ceil(list.length / pageSize));
  const asked = Math.trunc(Number(url.searchParams.get("page") ?? 1));
  const page = Math.min(last, Math.max(1, Number.isNaN(asked) ? 1 : asked));
  const shown = list.slice((page - 1) * pageSize, page * pageSize);
  const link = (to: number, text: string): Part => {
    const query = new URLSearchParams(url.searchParams);
    query.set("page", String(to));
    return html`<a href="${url.pathname}?${query.toString()}">${text}</a>`;
  };
  const links =
    last > 1 &&
    html`<nav aria-label="Parts of the list"><p>${page > 1 && [link(page - 1, "Previous"), " · "]}page ${page} of ${last}${page < last && [" · ", link(page + 1, "Next")]}</p></nav>`;
  return { shown, links };
}
