import type { Answer } from "../../http/answer.ts";
import { versionInfo } from "../../version.ts";
import { html, type Markup, type Part } from "./html.ts";
import { type PagePath, pages } from "./page-list.ts";
import { style } from "./style.ts";

/** What a page shows below the navigation. */
export interface Page {
  readonly path: PagePath;
  /** The heading, where it is not the page's title. */
  readonly title?: string;
  readonly content: Part;
  /** Where the same is to be had as JSON or text. */
  readonly sources?: readonly string[];
  readonly status?: number;
  /** Seconds after which the browser asks again; set by the page's own link. */
  readonly refresh?: number | undefined;
}

/** Nothing is loaded from anywhere and no script runs, whatever names and messages hold. */
const contentSecurityPolicy =
  "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/** A page as an answer. */
export function pageAnswer(page: Page): Answer {
  return {
    status: page.status ?? 200,
    contentType: "text/html; charset=utf-8",
    headers: { "content-security-policy": contentSecurityPolicy, "x-content-type-options": "nosniff" },
    body: document(page).text,
  };
}

function document({ path, title, content, sources = [], refresh }: Page): Markup {
  const usual = pages.find((page) => page.path === path)?.title ?? "";
  const heading = title ?? usual;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
${refresh !== undefined && html`<meta http-equiv="refresh" content="${refresh}">`}
<title>${heading} – Envoy Gateway</title>
<style>${style}</style>
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<header><div><strong>Envoy Gateway</strong>
<nav aria-label="Pages"><ul>${pages.map((page) => navigationItem(page, path))}</ul></nav></div></header>
<main id="content">
<h1>${heading}</h1>
${content}
</main>
<footer>${versionInfo.envoyGatewayVersion}${sources.length > 0 && html` · the same for programs: ${joined(sources.map((source) => html`<a href="${source}"><code>${source}</code></a>`))}`}</footer>
</body>
</html>
`;
}

function navigationItem(page: (typeof pages)[number], current: PagePath): Markup {
  const mark = page.path === current && html` aria-current="page"`;
  return html`<li><a href="${page.path}"${mark}>${page.title}</a></li>`;
}

function joined(parts: readonly Markup[]): Part {
  return parts.map((part, i) => [i > 0 && ", ", part]);
}

const refreshSeconds = 5;

/** Seconds asked for with `?refresh=`; absent: the page stays as it is. */
export function refreshOf(url: URL): number | undefined {
  return url.searchParams.has("refresh") ? refreshSeconds : undefined;
}

/** A link that turns reloading on or off. */
export function refreshLink(url: URL): Markup {
  return url.searchParams.has("refresh")
    ? html`<p class="refresh dim">Reloads every ${refreshSeconds} s. <a href="${url.pathname}">Stop</a></p>`
    : html`<p class="refresh"><a href="${url.pathname}?refresh=${refreshSeconds}">Reload every ${refreshSeconds} s</a></p>`;
}
