import { splitDocuments } from "../../schema/yaml.ts";
import type { Catalogue } from "./catalogue.ts";
import { type FileRecord, nextRecord } from "./file-record.ts";
import type { Manifest, PlacedDocument } from "./manifest.ts";
import { planFiles } from "./plan.ts";
import type { Reading } from "./reading.ts";
import type { Slices } from "./slices.ts";

/** Makes the records of files that were read again; parses what is new in them. The catalogue is only looked at. */
export async function loadRecords(
  readings: ReadonlyMap<string, Reading>,
  catalogue: Catalogue,
  interpret: (text: string) => Manifest,
  slices: Slices,
): Promise<Map<string, FileRecord | undefined>> {
  const records = new Map<string, FileRecord | undefined>();
  const read: { path: string; former: FileRecord | undefined; text: string; size: number }[] = [];
  for (const [path, reading] of readings) {
    const former = catalogue.record(path);
    if (reading.status === "read") read.push({ path, former, text: reading.text, size: reading.size });
    else records.set(path, reading.status === "absent" ? undefined : unreadable(path, former, reading.reason));
  }
  const gone = [...records].flatMap(([path, record]) =>
    record === undefined ? (catalogue.record(path)?.documents ?? []) : [],
  );
  const plans = planFiles([
    ...read.map(({ former, text }) => ({ former: former?.documents ?? [], cut: splitDocuments(text) })),
    { former: gone, cut: [] },
  ]);
  const parsed = new Map<string, Manifest>();
  for (const [index, { path, former, size }] of read.entries()) {
    const documents: PlacedDocument[] = [];
    for (const { text, line, manifest: known } of plans[index]?.documents ?? []) {
      let manifest = known ?? parsed.get(text);
      if (manifest === undefined) {
        if (slices.isDue) await slices.rest();
        manifest = interpret(text);
        parsed.set(text, manifest);
      }
      documents.push({ text, line, manifest });
    }
    records.set(path, nextRecord(path, former, documents, size));
  }
  return records;
}

function unreadable(path: string, former: FileRecord | undefined, reason: string): FileRecord {
  return {
    path,
    size: former?.size ?? 0,
    documents: former?.documents ?? [],
    kept: former?.kept ?? new Map(),
    problem: {
      severity: "error",
      code: "UnreadableFile",
      message: `cannot be read: ${reason}`,
      file: path,
      ...(former !== undefined && { effect: "What it defined before stays in effect." }),
    },
  };
}
