/**
 * YAML as Kubernetes' tools read it (`sigs.k8s.io/yaml`): the grammar of 1.2 with the plain scalars of 1.1, so that a manifest
 * means the same here as with kubectl. `on`, `yes` and `y` are true, `017` is 15, `1_000` is 1000, `<<` merges.
 */
import {
  defineScalarTag,
  defineSequenceTag,
  load,
  mapTag,
  mergeTag,
  NOT_RESOLVED,
  Schema,
  YAMLException,
} from "js-yaml";

/** A document that was read, or what is wrong with its text; line and column count from 1, from the document's first line. */
export type ParsedDocument =
  | { readonly isOk: true; readonly value: unknown }
  | { readonly isOk: false; readonly message: string; readonly line: number; readonly column: number };

/** A document of a file: its text, and the number of its first line in the file (from 1). */
export interface DocumentText {
  readonly text: string;
  readonly firstLine: number;
}

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ...words("y yes on true", true),
  ...words("n no off false", false),
]);

/** Each word in the three spellings that count: small, capital, all capitals. */
function words(list: string, value: boolean): [string, boolean][] {
  return list.split(" ").flatMap((word): [string, boolean][] => {
    const capital = word.charAt(0).toUpperCase() + word.slice(1);
    return [word, capital, word.toUpperCase()].map((spelling) => [spelling, value]);
  });
}

const NULLS = new Set(["", "~", "null", "Null", "NULL"]);
const INTEGER = /^[-+]?(?:0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|0|[1-9][0-9]*)$/;
const FRACTION = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
const NOT_FINITE = /^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;
const DIGITS = [..."0123456789"];

/** Thrown while scalars are resolved, and turned into a result by {@link parseDocument}. */
class ScalarError extends Error {
  readonly source: string;

  constructor(source: string, message: string) {
    super(message);
    this.source = source;
  }
}

/** The value of a plain scalar that is a number; undefined if it is none. */
function readNumber(source: string): number | undefined {
  const plain = source.includes("_") ? source.replaceAll("_", "") : source;
  if (INTEGER.test(plain)) return exact(source, readInteger(plain));
  if (FRACTION.test(plain)) return exact(source, Number(plain));
  if (NOT_FINITE.test(source)) throw new ScalarError(source, `${source} cannot be carried by JSON`);
  return undefined;
}

function readInteger(plain: string): number {
  const isNegative = plain.startsWith("-");
  const digits = plain.replace(/^[-+]/, "");
  const isOctal = /^0[0-7]/.test(digits);
  const value = isOctal ? Number.parseInt(digits, 8) : Number(digits);
  return isNegative && value !== 0 ? -value : value;
}

function exact(source: string, value: number): number {
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
    throw new ScalarError(
      source,
      `${source} has too many digits: integers are exact up to 9007199254740991; put it in quotes if it is a text`,
    );
  }
  return value;
}

const never = (): boolean => false;

/** Number of texts after which {@link shared} starts anew, so that it does not hold on to what was read long ago. */
const REMEMBERED_TEXTS = 4096;
/** Longer texts hardly repeat. */
const LONGEST_SHARED = 64;
const sharedTexts = new Map<string, string>();

/** The same text as it was read before, if it was: thousands of objects repeat their kinds, groups and names, and memory needs each once. */
function shared(source: string): string {
  if (source.length > LONGEST_SHARED) return source;
  const known = sharedTexts.get(source);
  if (known !== undefined) return known;
  if (sharedTexts.size >= REMEMBERED_TEXTS) sharedTexts.clear();
  sharedTexts.set(source, source);
  return source;
}

const strTag = defineScalarTag<string>("tag:yaml.org,2002:str", {
  resolve: shared,
  identify: (value) => typeof value === "string",
});

/** Lists that grew item by item have room for sixteen more; the copy has none. */
const seqTag = defineSequenceTag<unknown[], unknown[]>("tag:yaml.org,2002:seq", {
  create: () => [],
  addItem: (list, item) => {
    list.push(item);
  },
  finalize: (list) => list.slice(),
  identify: Array.isArray,
});

const nullTag = defineScalarTag<null>("tag:yaml.org,2002:null", {
  implicit: true,
  implicitFirstChars: ["", "~", "n", "N"],
  resolve: (source) => (NULLS.has(source) ? null : NOT_RESOLVED),
  identify: never,
});

const boolTag = defineScalarTag<boolean>("tag:yaml.org,2002:bool", {
  implicit: true,
  implicitFirstChars: [..."yYnNtTfFoO"],
  resolve: (source) => BOOLEANS.get(source) ?? NOT_RESOLVED,
  identify: never,
});

const intTag = defineScalarTag<number>("tag:yaml.org,2002:int", {
  implicit: true,
  implicitFirstChars: ["-", "+", ".", ...DIGITS],
  resolve: (source) => readNumber(source) ?? NOT_RESOLVED,
  identify: never,
});

const floatTag = defineScalarTag<number>("tag:yaml.org,2002:float", {
  resolve: (source) => readNumber(source) ?? NOT_RESOLVED,
  identify: never,
});

/** Bytes stay what they are in JSON: the text they decode to. */
const binaryTag = defineScalarTag<string>("tag:yaml.org,2002:binary", {
  resolve: (source) => Buffer.from(source, "base64").toString("utf8"),
  identify: never,
});

/** The tags of a manifest; also used to find the places of values. */
export const MANIFEST_SCHEMA = new Schema([
  mapTag,
  seqTag,
  strTag,
  nullTag,
  boolTag,
  intTag,
  floatTag,
  binaryTag,
  mergeTag,
]);

/**
 * Reads one document. An empty one is null. Keys that are no texts become texts (`on: 1` has the key `true`), repeated keys are an
 * error, and so are aliases that contain themselves or multiply into more than {@link MOST_VALUES} values.
 */
export function parseDocument(text: string): ParsedDocument {
  try {
    const value = isBlank(text) ? null : load(text, { schema: MANIFEST_SCHEMA });
    if (text.includes("*") && text.includes("&") && !isModest(value)) {
      return { isOk: false, message: "aliases expand to too many values", ...placeOf(text, "*") };
    }
    return { isOk: true, value };
  } catch (error) {
    if (error instanceof YAMLException) {
      const { line = 0, column = 0 } = error.mark ?? {};
      return { isOk: false, message: yamlMessage(error.reason), line: line + 1, column: column + 1 };
    }
    if (error instanceof ScalarError) return { isOk: false, message: error.message, ...placeOf(text, error.source) };
    throw error;
  }
}

/** Reasons of the YAML reader that name a symptom far from its cause, with the usual cause. */
const usualCauses: Readonly<Record<string, string>> = {
  "deficient indentation": "is a [, { or quote above not closed, or a line not far enough to the right",
  "bad indentation of a mapping entry": "is a line too far to the left or right, or a ':' in a text without quotes",
  "bad indentation of a sequence entry": "is a line too far to the left or right",
};

function yamlMessage(reason: string): string {
  const cause = usualCauses[reason];
  return `this is no YAML: ${reason}${cause === undefined ? "" : ` (${cause}?)`}`;
}

/** Number of values a document with aliases may have once they are expanded; a few lines of aliases can make billions. */
const MOST_VALUES = 100_000;

function isModest(value: unknown): boolean {
  const open: unknown[] = [value];
  for (let seen = 0; open.length > 0; seen++) {
    if (seen + open.length > MOST_VALUES) return false;
    const next = open.pop();
    if (typeof next === "object" && next !== null) for (const item of Object.values(next)) open.push(item);
  }
  return true;
}

/**
 * Splits a file into its documents. Documents without content (blank, or comments only) are left out. The texts do not refer to
 * the file's text, so keeping one small object does not keep the whole file in memory.
 */
export function splitDocuments(fileText: string): DocumentText[] {
  const text = fileText.startsWith("\uFEFF") ? fileText.slice(1) : fileText;
  const documents: DocumentText[] = [];
  let start = 0;
  let firstLine = 1;
  let line = 0;
  let state = { hasContent: false, hasMarker: false };
  const close = (end: number): void => {
    if (state.hasContent) documents.push({ text: detached(text.slice(start, end)), firstLine });
  };
  for (let at = 0; at < text.length; ) {
    line++;
    const next = text.indexOf("\n", at) + 1 || text.length;
    const marker = markerAt(text, at);
    if (marker === "---" && (state.hasContent || state.hasMarker)) {
      close(at);
      [start, firstLine, state] = [at, line, { hasContent: false, hasMarker: false }];
    }
    if (marker === "---")
      state = { hasMarker: true, hasContent: /^---[ \t]+[^#\s]/.test(text.slice(at, Math.min(next, at + 200))) };
    else if (marker === "...") {
      close(at);
      [start, firstLine, state] = [next, line + 1, { hasContent: false, hasMarker: false }];
    } else if (!state.hasContent) state.hasContent = hasContent(text, at, next, state.hasMarker);
    at = next;
  }
  close(text.length);
  return documents;
}

/** A document marker, which must stand at the very start of a line and end with a blank. */
function markerAt(text: string, at: number): "---" | "..." | undefined {
  const marker = text.startsWith("---", at) ? "---" : text.startsWith("...", at) ? "..." : undefined;
  const after = text.charAt(at + 3);
  return marker !== undefined && (after === "" || " \t\r\n".includes(after)) ? marker : undefined;
}

/** Whether a line has more than blanks, a comment, or (before the marker) a directive. */
function hasContent(text: string, from: number, to: number, isAfterMarker: boolean): boolean {
  if (text[from] === "%" && !isAfterMarker) return false;
  for (let i = from; i < to; i++) {
    const char = text[i];
    if (char === "#") return false;
    if (char !== " " && char !== "\t" && char !== "\r" && char !== "\n") return true;
  }
  return false;
}

/** Whether a document has nothing but blanks and comments. */
function isBlank(text: string): boolean {
  return /^(?:[ \t\r]*(?:#[^\n]*)?\n)*[ \t\r]*(?:#[^\n]*)?$/.test(text);
}

/** A copy: a part of a longer string would keep all of it in memory. */
function detached(text: string): string {
  return Buffer.from(text, "utf8").toString("utf8");
}

function placeOf(text: string, source: string): { readonly line: number; readonly column: number } {
  const at = Math.max(0, text.indexOf(source));
  const before = text.slice(0, at);
  return { line: before.split("\n").length, column: at - before.lastIndexOf("\n") };
}
