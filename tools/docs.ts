/** `make docs`: writes the reference, one page for each kind, into `docs/reference`. It is made from the schemas and not committed. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { registry } from "../src/features/kinds.ts";
import { toReference } from "../src/schema/reference.ts";
import { indexPage, pageName, referencePage } from "./docs/reference-page.ts";

const folder = join(import.meta.dirname, "../docs/reference");
// Kinds without fields are known only so that they are passed over.
const kinds = registry.kinds.filter((kind) => toReference(kind).length > 0).sort((a, b) => (a.kind < b.kind ? -1 : 1));
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
for (const kind of kinds) writeFileSync(join(folder, pageName(kind)), referencePage(kind));
writeFileSync(join(folder, "README.md"), indexPage(kinds));
process.stdout.write(`docs: ${kinds.length} pages below docs/reference\n`);
