import type { Answer } from "../../http/answer.ts";
import { type MetricName, metricDefinitions } from "../../metrics/definitions.ts";
import type { Labels, Point } from "../../metrics/metric-store.ts";
import type { AdminContext } from "../context.ts";
import { html, type Markup, type Part } from "./html.ts";
import { pageAnswer, refreshLink, refreshOf } from "./layout.ts";
import { type Column, table } from "./parts.ts";

/** The metrics of `/metrics`, for people. */
export function statsPage(context: AdminContext, url: URL): Answer {
  const metrics = [...context.metrics.read()].sort(([a], [b]) => (a < b ? -1 : 1));
  const content = html`${refreshLink(url)}
${metrics.map(([name, points]) => metricSection(name, points))}`;
  return pageAnswer({ path: "/stats", content, refresh: refreshOf(url), sources: ["/api/metrics"] });
}

function metricSection(name: MetricName, points: readonly Point[]): Markup {
  const { help, type } = metricDefinitions[name];
  const values: readonly Column[] =
    type === "histogram"
      ? [number("Count"), number("Mean"), number("90 % are at most")]
      : [number(type === "counter" ? "Count" : "Value")];
  const rows = points.map((point): Part[] => [labelText(point.labels), ...valuesOf(name, point)]);
  return html`<h2><code>${name}</code></h2>${table(help, ["Of", ...values], rows, help)}`;
}

const number = (title: string): Column => ({ title, isNumber: true });

function labelText(labels: Labels): Part {
  const entries = Object.entries(labels);
  if (entries.length === 0) return html`<span class="dim">all</span>`;
  return entries.map(([label, value], i) => [i > 0 && ", ", html`<span class="dim">${label}</span> ${value}`]);
}

function valuesOf(name: MetricName, { value, distribution }: Point): readonly string[] {
  if (!distribution) return [formatted(name, value)];
  const { count, sum, counts } = distribution;
  return [formatted("", count), count === 0 ? "" : formatted("", sum / count), ninetieth(name, counts, count)];
}

/** The bound of the bucket in which nine of ten values, or more, are reached. */
function ninetieth(name: MetricName, counts: readonly number[], count: number): string {
  const definition = metricDefinitions[name];
  if (definition.type !== "histogram" || count === 0) return "";
  let sum = 0;
  const bucket = counts.findIndex((each) => {
    sum += each;
    return sum >= 0.9 * count;
  });
  const bound = definition.bounds[bucket];
  return bound === undefined ? `above ${definition.bounds.at(-1) ?? 0}` : String(bound);
}

/** Bytes in MiB and times as dates; the rest in figures one can read. */
function formatted(name: string, value: number): string {
  if (name.endsWith("_bytes")) return `${(value / 2 ** 20).toFixed(1)} MiB`;
  if (name === "process_start_time_seconds" || name === "certificate_expiry_seconds")
    return new Date(value * 1_000).toISOString().replace(".000Z", "Z");
  return value.toLocaleString("en", { maximumSignificantDigits: Number.isInteger(value) ? 21 : 4 });
}
