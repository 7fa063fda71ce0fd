import type { KubeObject } from "../../../api/object.ts";
import type { KindDefinition } from "../../../api/registry.ts";
import { registry } from "../../../features/kinds.ts";
import type { Answer } from "../../http/answer.ts";
import type { AdminContext } from "../context.ts";
import { kindNamed } from "../kind-names.ts";
import { redactObject } from "../redact.ts";
import { html, type Part } from "./html.ts";
import { pageAnswer } from "./layout.ts";
import { conditionGroups, conditionList, objectLink, paged, plural, table } from "./parts.ts";

/** The objects the control plane holds: kinds; with `?resource=` the names of one; with `&name=` one object. */
export async function configDumpPage(context: AdminContext, url: URL): Promise<Answer> {
  const wanted = url.searchParams.get("resource");
  if (wanted === null) return kindsPage(context);
  const kind = kindNamed(wanted);
  if (!kind) return nothing(`There is no kind ${wanted}.`);
  const name = url.searchParams.get("name");
  return name === null ? namesPage(context, kind, url) : objectPage(context, kind, name);
}

function nothing(sentence: string): Answer {
  const content = html`<p>${sentence} <a href="/config_dump">All kinds</a></p>`;
  return pageAnswer({ path: "/config_dump", title: "Not found", content, status: 404 });
}

function objectsOf(context: AdminContext, kind: KindDefinition): readonly (readonly [string, KubeObject])[] {
  return [...(context.plane()?.controller.translation.objects.ofKind(kind.kind).entries() ?? [])];
}

function kindsPage(context: AdminContext): Answer {
  const rows = registry.kinds
    .filter(({ ignored }) => ignored !== true)
    .map((kind) => [kind, context.plane()?.controller.translation.objects.ofKind(kind.kind).size ?? 0] as const)
    .filter(([, size]) => size > 0)
    .map(([{ kind, group }, size]): Part[] => [
      html`<a href="/config_dump?resource=${kind}">${kind}</a>`,
      group || "core",
      size.toLocaleString("en"),
    ]);
  const fleets = [...(context.plane()?.controller.translation.fleets.entries() ?? [])].map(([key]) => key);
  const content = html`
<h2>Kinds</h2>
${table("Kinds of objects", ["Kind", "Group", { title: "Objects", isNumber: true }], rows, "There are no objects.", true)}
<h2>What Envoys are sent</h2>
${fleets.length === 0 && html`<p class="dim">No Envoy is planned.</p>`}
<ul>${fleets.map((key) => html`<li><a href="/api/xds?fleet=${encodeURIComponent(key)}">${key}</a> (JSON, private keys masked)</li>`)}</ul>
<h2>In between</h2>
<p><a href="/api/graph">Collections of the translation</a> (JSON)</p>`;
  return pageAnswer({
    path: "/config_dump",
    content,
    sources: ["/api/config_dump", "/api/config_dump?resource=all", "/api/xds"],
  });
}

function namesPage(context: AdminContext, kind: KindDefinition, url: URL): Answer {
  const filter = url.searchParams.get("filter") ?? "";
  const keys = objectsOf(context, kind)
    .map(([key]) => key)
    .filter((key) => key.includes(filter))
    .sort();
  const { shown, links } = paged(keys, url);
  const content = html`
<p><a href="/config_dump">All kinds</a></p>
<form method="get" action="/config_dump" role="search"><input type="hidden" name="resource" value="${kind.kind}">
<label>Namespace or name <input name="filter" value="${filter}" autocomplete="off" spellcheck="false"></label><button>Show</button></form>
<p class="dim">${plural(keys.length, "object")}</p>
<ul>${shown.map((key) => html`<li>${objectLink(kind.kind, key, false)}</li>`)}</ul>
${links}`;
  const sources = [`/api/config_dump?resource=${kind.singular}`];
  return pageAnswer({ path: "/config_dump", title: kind.kind, content, sources });
}

async function objectPage(context: AdminContext, kind: KindDefinition, key: string): Promise<Answer> {
  const plane = context.plane();
  const object = plane?.controller.translation.objects.ofKind(kind.kind).get(key);
  if (!object) return nothing(`There is no ${kind.kind} ${key}.`);
  const { dump } = await import("js-yaml");
  const stored = plane?.statuses?.get(kind.kind, key);
  const groups = stored ? conditionGroups(stored) : [];
  const content = html`
<p><a href="/config_dump?resource=${kind.kind}">All of this kind</a></p>
${
  groups.length > 0 &&
  html`<h2>Conditions</h2>
${table(
  "What became of it",
  ["About", "Conditions"],
  groups.map(({ about, conditions }) => [about || "the object", conditionList(conditions)]),
  "",
  true,
)}`
}
<h2>As the control plane holds it</h2>
<p class="dim">Defaults are filled in${kind.kind === "Secret" && ", values are masked"}.</p>
<pre tabindex="0" aria-label="The object as YAML">${dump(redactObject(object), { noRefs: true, lineWidth: -1 })}</pre>
${
  stored &&
  html`<h2>Status</h2>
<pre tabindex="0" aria-label="The status as YAML">${dump(stored.status, { noRefs: true, lineWidth: -1 })}</pre>`
}`;
  return pageAnswer({ path: "/config_dump", title: `${kind.kind} ${key}`, content });
}
