import type { Answer } from "../../http/answer.ts";
import { versionInfo } from "../../version.ts";
import type { AdminContext } from "../context.ts";
import { componentsOf, uptime } from "../server-info.ts";
import { html, type Part } from "./html.ts";
import { pageAnswer } from "./layout.ts";
import { componentState } from "./overview.ts";
import type { ListedEndpoint } from "./page-list.ts";
import { table } from "./parts.ts";

/** Versions, ports, parts, and the configuration in effect. */
export async function serverInfoPage(
  context: AdminContext,
  _url: URL,
  endpoints: readonly ListedEndpoint[],
): Promise<Answer> {
  const { dump } = await import("js-yaml");
  const { startedAt, clock } = context;
  const facts: readonly (readonly [string, Part])[] = [
    ["Version", versionInfo.envoyGatewayVersion],
    ["Commit", versionInfo.gitCommitID],
    ["Gateway API", versionInfo.gatewayAPIVersion],
    ["Envoy, unless configured", versionInfo.envoyProxyVersion],
    ["Node.js", versionInfo.nodeVersion],
    ["Platform", `${process.platform}/${process.arch}`],
    ["Process", `pid ${process.pid}`],
    ["Running", `for ${uptime(startedAt, clock())}, since ${startedAt.toISOString().replace(/\.\d+Z$/, "Z")}`],
  ];
  const ports = context.ports();
  const listening = [
    ["xDS, for Envoys", ports.xds],
    ["Admin", ports.admin],
    ["Metrics", ports.metrics],
    ["Health", ports.health],
  ] as const;
  const content = html`
<dl>${facts.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>
<h2>Ports</h2>
<dl>${listening.map(([name, port]) => html`<dt>${name}</dt><dd>${port === 0 ? "off" : String(port)}</dd>`)}</dl>
<h2>Parts</h2>
${table(
  "Parts and how they are",
  ["Part", "State", "Details"],
  componentsOf(context.plane()).map(({ name, status, message }) => [name, componentState(status), message]),
  "",
  true,
)}
<h2>For programs</h2>
${table(
  "Paths of this server that answer with JSON or text",
  ["Path", "What it shows"],
  endpoints.map(({ path, about }) => [html`<a href="${path}"><code>${path}</code></a>`, about]),
  "",
)}
<h2>Configuration in effect</h2>
<p class="dim">Defaults are filled in.</p>
<pre tabindex="0" aria-label="The configuration as YAML">${dump(context.config(), { noRefs: true, lineWidth: -1 })}</pre>`;
  return pageAnswer({ path: "/server_info", content, sources: ["/api/info", "/api/server_info"] });
}
