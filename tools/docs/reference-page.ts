import type { KindSchema } from "../../src/schema/kind.ts";
import { type ReferenceRow, toReference } from "../../src/schema/reference.ts";

/** The page about a kind, in Markdown: what it is, its versions, and every field with type, default, limits and text. */
export function referencePage(kind: KindSchema): string {
  const versions = kind.versions.map(({ name }) => (kind.group === "" ? name : `${kind.group}/${name}`));
  const short = kind.shortNames.length === 0 ? "" : ` Short names: ${kind.shortNames.map(code).join(", ")}.`;
  return [
    `# ${kind.kind}`,
    kind.doc,
    `API version: ${versions.map(code).join(", ")}. ${kind.scope === "Cluster" ? "Belongs to no namespace." : "Belongs to a namespace."}${short}`,
    "| Field | Type | Default | What it does |",
    "|---|---|---|---|",
    ...toReference(kind).map(tableRow),
  ]
    .join("\n\n")
    .replaceAll("|\n\n|", "|\n|")
    .concat("\n");
}

/** The list of all pages; `kinds` in the order in which they shall stand. */
export function indexPage(kinds: readonly KindSchema[]): string {
  const lines = kinds.map((kind) => `- [${kind.kind}](${pageName(kind)}): ${firstSentence(kind.doc)}`);
  return `# Reference\n\nEvery kind this gateway reads, from its schema.\n\n${lines.join("\n")}\n`;
}

/** File name of a kind's page. */
export function pageName(kind: KindSchema): string {
  return `${kind.kind.toLowerCase()}.md`;
}

function tableRow(row: ReferenceRow): string {
  const limits = [...(row.enum === undefined ? [] : [`one of ${row.enum.map(json).join(", ")}`]), ...row.limits];
  const text = [row.text, limits.length === 0 ? "" : `Limits: ${limits.join("; ")}.`]
    .filter((part) => part !== "")
    .join(" ");
  const presence = row.isRequired ? "required" : row.default === undefined ? "" : json(row.default);
  return `| ${[code(row.path), code(row.type), presence, text].map(cell).join(" | ")} |`;
}

/** A table's cell is one line, and a bar in it would end it. */
function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll(/\s*\n\s*/g, " ");
}

function firstSentence(text: string): string {
  return /^.*?[.](?=\s|$)/s.exec(text)?.[0].replaceAll("\n", " ") ?? text;
}

function json(value: unknown): string {
  return code(JSON.stringify(value));
}

function code(text: string): string {
  return `\`${text}\``;
}
