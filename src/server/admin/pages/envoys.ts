import type { FleetStatus } from "../../../infra/fleet.ts";
import type { StreamInfo, TypeInfo } from "../../../xds/stream-info.ts";
import type { Answer } from "../../http/answer.ts";
import type { AdminContext } from "../context.ts";
import { html, type Markup, type Part } from "./html.ts";
import { pageAnswer, refreshLink, refreshOf } from "./layout.ts";
import { type Column, plural, state, table } from "./parts.ts";

interface FleetView {
  readonly key: string;
  readonly gateways: readonly string[];
  readonly status: FleetStatus | undefined;
  readonly streams: readonly StreamInfo[];
}

function fleetViews(context: AdminContext): readonly FleetView[] {
  const plane = context.plane();
  const streams = plane?.xds.streams() ?? [];
  const statuses = new Map((plane?.infrastructure?.statuses() ?? []).map((status) => [status.key, status]));
  const keys = [...new Set([...statuses.keys(), ...streams.map(({ fleet }) => fleet)])].sort();
  return keys.map((key) => ({
    key,
    gateways: plane?.controller.translation.fleets.get(key)?.gateways ?? [],
    status: statuses.get(key),
    streams: streams.filter(({ fleet }) => fleet === key),
  }));
}

export const fleetColumns: readonly Column[] = ["Fleet", "State", "Envoys", "Configuration", "Problems"];

/** A row for each fleet. */
export function fleetRows(context: AdminContext): readonly (readonly Part[])[] {
  return fleetViews(context).map(({ key, status, streams }) => [
    html`<a href="/envoys#${anchor(key)}">${key}</a>`,
    fleetState(status),
    envoysOf(status).replaceAll(" ", "\u00a0"),
    streams.length === 0 ? html`<span class="dim">not connected</span>` : streams.map(syncState),
    (status?.problems ?? []).map(({ message }) => html`<span class="bad">${message}</span>`),
  ]);
}

/** Every Envoy with what it has acknowledged, what it waits for and what it refuses. */
export function envoysPage(context: AdminContext, url: URL): Answer {
  const views = fleetViews(context);
  const content = html`
${refreshLink(url)}
${views.length === 0 && html`<p class="dim">No Envoy runs; a Gateway with a listener starts one.</p>`}
${views.map(fleetSection)}`;
  return pageAnswer({ path: "/envoys", content, refresh: refreshOf(url), sources: ["/api/envoys"] });
}

function fleetSection({ key, gateways, status, streams }: FleetView): Markup {
  const facts: [string, Part][] = [
    ["State", fleetState(status)],
    ["Gateways", gateways.join(", ")],
    ["Envoys", `${envoysOf(status)}${status?.isAdopted ? ", taken over from an earlier control plane" : ""}`],
    ["Addresses", (status?.addresses ?? []).map(({ value }) => value).join(", ")],
    [
      "Admin interface",
      status?.adminAddress !== undefined &&
        html`<a href="http://${status.adminAddress}/"><code>${status.adminAddress}</code></a>`,
    ],
    ["Restarts", status && status.restarts > 0 && String(status.restarts)],
    ["Resources as sent", html`<a href="/api/xds?fleet=${encodeURIComponent(key)}">/api/xds?fleet=${key}</a>`],
  ];
  return html`<section aria-labelledby="${anchor(key)}">
<h2 id="${anchor(key)}">${key}</h2>
<dl>${facts.map(([name, value]) => value !== false && value !== "" && value !== undefined && html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>
${(status?.problems ?? []).map(({ message, field }) => html`<p class="bad">${field !== undefined && html`<code>${field}</code>: `}${message}</p>`)}
${streams.length === 0 && html`<p class="dim">No Envoy of this fleet is connected.</p>`}
${streams.map(streamTable)}
</section>`;
}

function streamTable(stream: StreamInfo): Markup {
  const since = new Date(stream.startedAt).toISOString().replace(/\.\d+Z$/, "Z");
  const caption = `${stream.node || "An Envoy that has not said its name"}, connected since ${since} (${stream.protocol})`;
  const columns: Column[] = ["Resources", "State", "Subscribed to", "Acknowledged version", "Waiting", "Refused"];
  return table(caption, columns, stream.types.map(typeRow), "It has not asked for anything yet.");
}

function typeRow(info: TypeInfo): readonly Part[] {
  const { type, subscribed, acknowledged, pending, quarantined } = info;
  return [
    type,
    typeState(info),
    subscribed === "*" ? "all" : plural(subscribed, "name"),
    acknowledged ? html`<code>${acknowledged.version || "–"}</code>` : html`<span class="dim">none yet</span>`,
    shortList(pending),
    html`<ul class="plain">${quarantined.map(({ name, virtualHost, message }) => html`<li><code>${name}${virtualHost !== undefined && ` ${virtualHost}`}</code><br><span class="bad">${message}</span></li>`)}</ul>`,
  ];
}

/** Names that wait, the first few of them. */
function shortList(names: readonly string[]): Part {
  const first = names.slice(0, 3).map((name) => html`<li><code>${name}</code></li>`);
  return html`<ul class="plain">${first}${names.length > 3 && html`<li class="dim">and ${names.length - 3} more</li>`}</ul>`;
}

function typeState({ inFlight, pending, quarantined }: TypeInfo): Markup {
  if (quarantined.length > 0) return state("bad", `${quarantined.length} refused`);
  if (inFlight !== undefined) return state("soft", "on its way");
  return pending.length > 0 ? state("soft", `${pending.length} waiting`) : state("good", "up to date");
}

function syncState(stream: StreamInfo): Markup {
  const refused = stream.types.reduce((sum, { quarantined }) => sum + quarantined.length, 0);
  const waiting = stream.types.some(({ inFlight, pending }) => inFlight !== undefined || pending.length > 0);
  if (refused > 0) return state("bad", `${plural(refused, "resource")} refused`);
  return waiting ? state("soft", "being sent") : state("good", "up to date");
}

function fleetState(status: FleetStatus | undefined): Markup {
  if (!status) return state("soft", "run by somebody else");
  if (status.state === "serving") return state("good", "serving");
  return state(status.state === "failed" ? "bad" : "soft", status.state);
}

/** The one process of a fleet on this machine; elsewhere, how many there are. */
function envoysOf(status: FleetStatus | undefined): string {
  if (!status) return "";
  const { desired, available } = status.replicas;
  return status.pid === undefined ? `${available} of ${desired} available` : `pid ${status.pid}`;
}

function anchor(key: string): string {
  return `fleet-${key.replace(/[^\w-]/g, "-")}`;
}
