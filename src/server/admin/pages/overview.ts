import type { Gateway } from "../../../api/gateway-api/gateway.ts";
import type { StoredStatus } from "../../../status/store.ts";
import type { Answer } from "../../http/answer.ts";
import { isBad } from "../condition-health.ts";
import type { AdminContext } from "../context.ts";
import { componentsOf } from "../server-info.ts";
import { fleetColumns, fleetRows } from "./envoys.ts";
import { html, type Markup, type Part } from "./html.ts";
import { pageAnswer, refreshLink, refreshOf } from "./layout.ts";
import { conditionGroups, conditionList, objectLink, plural, state, table } from "./parts.ts";
import { problemCount } from "./problems.ts";

/** Objects in need of attention that the overview lists itself. */
const maxListed = 20;

/** What serves, what does not, and why: the page to look at first. */
export function overviewPage(context: AdminContext, url: URL): Answer {
  const statuses = context.plane()?.statuses?.list() ?? [];
  const troubled = statuses.filter((status) =>
    conditionGroups(status).some(({ conditions }) => conditions.some(isBad)),
  );
  const content = html`
${refreshLink(url)}
${tiles(context, statuses, troubled)}
<h2>Gateways</h2>
${gatewayTable(context, statuses)}
${troubled.length > 0 && troubledObjects(troubled)}
<h2>Envoys</h2>
${table("Fleets of Envoys", fleetColumns, fleetRows(context), "No Envoy runs; a Gateway with a listener starts one.", true)}
<h2>Parts of the control plane</h2>
${table(
  "Parts and how they are",
  ["Part", "State", "Details"],
  componentsOf(context.plane()).map(({ name, status, message }) => [name, componentState(status), message]),
  "",
  true,
)}`;
  return pageAnswer({ path: "/", content, refresh: refreshOf(url), sources: ["/api/status", "/api/server_info"] });
}

export function componentState(status: "Running" | "Starting" | "Degraded"): Markup {
  return state(status === "Running" ? "good" : status === "Starting" ? "soft" : "bad", status);
}

function tiles(context: AdminContext, statuses: readonly StoredStatus[], troubled: readonly StoredStatus[]): Markup {
  const count = (matches: (kind: string) => boolean, list = statuses): number =>
    list.filter(({ kind }) => matches(kind)).length;
  const tile = (what: string, link: string, matches: (kind: string) => boolean): Markup => {
    const bad = count(matches, troubled);
    const verdict = bad > 0 ? state("bad", `${bad.toLocaleString("en")} with a problem`) : state("good", "all well");
    const all = count(matches);
    return html`<li><b>${all.toLocaleString("en")}</b><a href="${link}">${what}</a><br>${all > 0 ? verdict : html`<span class="dim">none</span>`}</li>`;
  };
  const problems = problemCount(context);
  return html`<ul class="tiles">
${tile("Gateways", "/status?kind=Gateway", (kind) => kind === "Gateway")}
${tile("Routes", "/status?kind=routes", (kind) => kind.endsWith("Route"))}
${tile("Policies", "/status?kind=policies", (kind) => kind.endsWith("Policy"))}
<li><b>${problems.toLocaleString("en")}</b><a href="/problems">Problems</a><br>${problems > 0 ? state("bad", "have a look") : state("good", "none")}</li>
</ul>`;
}

function gatewayTable(context: AdminContext, statuses: readonly StoredStatus[]): Markup {
  const gateways = context.plane()?.controller.translation.objects.of("Gateway");
  const rows = statuses
    .filter(({ kind }) => kind === "Gateway")
    .slice(0, maxListed)
    .map((stored): Part[] => {
      const gateway = gateways?.get(stored.key);
      return [
        objectLink("Gateway", stored.key, false),
        gateway?.spec.gatewayClassName ?? "",
        (stored.status.addresses ?? []).map(({ value }, i) => [i > 0 && html`<br>`, value]),
        listeners(gateway, stored),
        conditionList(stored.status.conditions ?? []),
      ];
    });
  const total = statuses.filter(({ kind }) => kind === "Gateway").length;
  const more = total > maxListed && html`<p><a href="/status?kind=Gateway">All ${plural(total, "Gateway")}</a></p>`;
  const columns = ["Gateway", "Class", "Addresses", "Listeners", "Conditions"];
  return html`${table("Gateways with their listeners", columns, rows, "There is no Gateway of ours.", true)}${more}`;
}

function listeners(gateway: Gateway | undefined, { status }: StoredStatus): Markup {
  const listed = (status.listeners ?? []).map(({ name, attachedRoutes, conditions }) => {
    const spec = gateway?.spec.listeners.find((listener) => listener.name === name);
    const where = spec && ` ${spec.protocol} ${spec.port}${spec.hostname === undefined ? "" : ` ${spec.hostname}`}`;
    const bad = conditions.filter(isBad);
    const verdict = bad.length === 0 ? state("good", name) : state("bad", name);
    const reasons = bad.length > 0 && html` <span class="bad">${bad.map(({ reason }) => reason).join(", ")}</span>`;
    return html`<li>${verdict}${where}, ${plural(attachedRoutes, "route")}${reasons}</li>`;
  });
  return html`<ul class="plain">${listed}</ul>`;
}

function troubledObjects(troubled: readonly StoredStatus[]): Markup {
  const rows = troubled.slice(0, maxListed).map((stored): Part[] => [
    objectLink(stored.kind, stored.key),
    conditionGroups(stored).flatMap(({ about, conditions }) => {
      const bad = conditions.filter(isBad);
      return bad.length > 0 ? [about !== "" && html`<span class="dim">${about}</span>`, conditionList(bad)] : [];
    }),
  ]);
  return html`<h2>In need of attention</h2>
${table("Objects that are not, or not wholly, in effect", ["Object", "What is wrong"], rows, "", true)}
${troubled.length > maxListed && html`<p><a href="/status?only=problems">All ${plural(troubled.length, "object")}</a></p>`}`;
}
