import { BOOLEANS, NULLS, readNumber, ScalarError, shared } from "./yaml-scalars.ts";

/**
 * Reads a document that is written plainly, as nearly all manifests are: block mappings and lists, keys and values on one line, texts in
 * ASCII with or without quotes, no anchors, tags, flow collections or escapes. The value is that of the full reader, in less than half of its
 * time: that saves a tenth of what reading and translating 10,000 routes costs (`make bench PHASES=start,burst`). Whatever is written in
 * another way, or wrongly, is left to the full reader: undefined is returned for it.
 */
export function readPlainDocument(text: string): object | undefined {
  try {
    return new PlainReader(text).read();
  } catch (error) {
    // A number that cannot be kept. The full reader says so, unless a line further down makes a text of it.
    if (error instanceof ScalarError) return undefined;
    throw error;
  }
}

/** Lines without content. */
const BLANK_LINES = /(?: *(?:#[ -~]*)?\n)+/y;

/**
 * A line with content: indentation; the dash of a list's item; a key; a value in single quotes, in double quotes, without quotes, or an
 * empty collection. A key beginning with a letter is a text, unless it is a word for a boolean or null.
 */
const LINE =
  /( *)(- )?(?:([A-Za-z][\w./-]{0,252}):(?=[ \n]|$))?(?:(?<=[ :]) *(?:'([ -&(-~]*)'|"([ !#-[\]-~]*)"|([\w/](?:[\w./+*@=-]|:(?=[\w./]))*)|(\[\]|\{\})))? *(?:\n|$)/y;

/** Deeper documents are left to the full reader, which has a limit. */
const DEEPEST = 50;

/** Stands for a document that is not plain. */
const notPlain = Symbol("not plain");

class PlainReader {
  readonly #text: string;
  #at = 0;
  #depth = 0;
  #isAtEnd = false;
  /** Of the line that is read next; at the end the indentation is -1. */
  #indent = -1;
  #isItem = false;
  #key: string | undefined;
  /** Undefined if the line has no value. */
  #value: unknown;

  constructor(text: string) {
    this.#text = text;
  }

  read(): object | undefined {
    if (!this.#advance() || this.#indent !== 0) return undefined;
    const value = this.#readBlock();
    return value === notPlain || !this.#isAtEnd ? undefined : (value as object);
  }

  /** Goes to the next line with content; false if it is not plain. */
  #advance(): boolean {
    BLANK_LINES.lastIndex = this.#at;
    if (BLANK_LINES.test(this.#text)) this.#at = BLANK_LINES.lastIndex;
    if (this.#at === this.#text.length) {
      this.#isAtEnd = true;
      this.#indent = -1;
      return true;
    }
    LINE.lastIndex = this.#at;
    const line = LINE.exec(this.#text);
    if (line === null) return false;
    this.#at = LINE.lastIndex;
    const [, indent = "", dash, key, single, double, plain, empty] = line;
    this.#indent = indent.length;
    this.#isItem = dash !== undefined;
    this.#key = key;
    if (plain !== undefined) this.#value = plainScalar(plain);
    else if (empty !== undefined) this.#value = empty === "[]" ? [] : {};
    else {
      const quoted = single ?? double;
      this.#value = quoted === undefined ? undefined : shared(quoted);
    }
    return true;
  }

  /** The mapping or list that begins with this line. */
  #readBlock(): unknown {
    if (++this.#depth > DEEPEST) return notPlain;
    const value = this.#isItem ? this.#readList(this.#indent) : this.#readMapping(this.#indent);
    this.#depth--;
    return value;
  }

  /** Ends before the first line that does not belong to it; if that belongs to nothing at all, the document's end is not reached. */
  #readMapping(indent: number): unknown {
    const mapping: Record<string, unknown> = {};
    while (this.#indent === indent && !this.#isItem) {
      const key = this.#key;
      if (key === undefined || BOOLEANS.has(key) || NULLS.has(key) || Object.hasOwn(mapping, key)) return notPlain;
      let value = this.#value;
      if (!this.#advance()) return notPlain;
      if (value === undefined) {
        const hasBlock = this.#indent > indent || (this.#indent === indent && this.#isItem);
        value = hasBlock ? this.#readBlock() : null;
        if (value === notPlain) return notPlain;
      }
      mapping[shared(key)] = value;
    }
    return mapping;
  }

  #readList(indent: number): unknown {
    const list: unknown[] = [];
    while (this.#indent === indent && this.#isItem) {
      let item = this.#value;
      if (this.#key !== undefined) {
        this.#indent += 2;
        this.#isItem = false;
        item = this.#readBlock();
        if (item === notPlain) return notPlain;
      } else if (item === undefined || !this.#advance()) return notPlain;
      list.push(item);
    }
    // A copy has no spare room, unlike a list that grew.
    return list.slice();
  }
}

function plainScalar(source: string): unknown {
  const code = source.charCodeAt(0);
  if (code >= 48 && code <= 57) return readNumber(source) ?? shared(source);
  return BOOLEANS.get(source) ?? (NULLS.has(source) ? null : shared(source));
}
