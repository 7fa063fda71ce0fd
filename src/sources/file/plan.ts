import type { DocumentText } from "../../schema/yaml.ts";
import type { Manifest, PlacedDocument } from "./manifest.ts";

/** A document of a file that was read again; without manifest while its text is new. */
export interface PlannedDocument {
  readonly text: string;
  readonly line: number;
  manifest: Manifest | undefined;
}

/** A file that was read again. */
export interface PlannedFile {
  readonly former: readonly PlacedDocument[];
  readonly documents: PlannedDocument[];
}

/**
 * Finds out which documents are new by comparing texts, so that the cost of a change is that of the documents it touches.
 *
 * A file's documents are compared from both ends first, which settles all but the changed ones. What is left is looked up among the
 * texts that have gone from any of these files: that is how documents that move, and files that are renamed, keep their objects.
 */
export function planFiles(
  files: readonly { readonly former: readonly PlacedDocument[]; readonly cut: readonly DocumentText[] }[],
): PlannedFile[] {
  const gone = new Map<string, PlacedDocument>();
  const plans = files.map(({ former, cut }) => ({ former, documents: matchEnds(former, cut, gone) }));
  for (const { documents } of plans) {
    for (const [index, document] of documents.entries()) {
      if (document.manifest !== undefined) continue;
      const known = gone.get(document.text);
      if (known !== undefined) documents[index] = { ...known, line: document.line };
    }
  }
  return plans;
}

function matchEnds(
  former: readonly PlacedDocument[],
  cut: readonly DocumentText[],
  gone: Map<string, PlacedDocument>,
): PlannedDocument[] {
  const documents: PlannedDocument[] = cut.map(withoutMarker);
  let start = 0;
  let end = documents.length;
  let formerEnd = former.length;
  const take = (index: number, known: PlacedDocument | undefined): boolean => {
    const document = documents[index];
    if (document === undefined || known === undefined || document.text !== known.text) return false;
    documents[index] = known.line === document.line ? known : { ...known, line: document.line };
    return true;
  };
  while (start < end && start < formerEnd && take(start, former[start])) start++;
  while (end > start && formerEnd > start && take(end - 1, former[formerEnd - 1])) {
    end--;
    formerEnd--;
  }
  for (const document of former.slice(start, formerEnd)) gone.set(document.text, document);
  return documents;
}

/** Without the line that separates it from the document before, so that it reads the same in the first place. */
function withoutMarker({ text, firstLine }: DocumentText): PlannedDocument {
  const hasMarker = text.startsWith("---\n");
  return { text: hasMarker ? text.slice(4) : text, line: hasMarker ? firstLine + 1 : firstLine, manifest: undefined };
}
