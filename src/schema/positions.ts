/** Places of values in a document's text. Made only for documents with something to report. */
import { EVENT_ID, type Event, getScalarValue, parseEvents, SCALAR_STYLE } from "js-yaml";
import { MANIFEST_SCHEMA } from "./yaml.ts";

/** A place in a document; both count from 1, lines from the document's own first line. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Finds the place of the value under a path: that of its key, or of the item itself in a list. */
export type Locator = (path: readonly (string | number)[]) => Position;

/** The place of one path; for several of the same document use {@link locator}. */
export function locate(documentText: string, path: readonly (string | number)[]): Position {
  return locator(documentText)(path);
}

/**
 * Reads the document once and finds places in it. A path that goes on beyond what is written (a missing field, a field of
 * an alias or of a merged mapping) has the place of the last part that is there. A text that is no YAML has everything at its start.
 */
export function locator(documentText: string): Locator {
  const root = readTree(documentText);
  const lineStarts = [0];
  for (let at = documentText.indexOf("\n"); at >= 0; at = documentText.indexOf("\n", at + 1)) lineStarts.push(at + 1);
  return (path) => {
    let node = root;
    for (const key of path) {
      const next = node?.children?.get(key);
      if (next === undefined) break;
      node = next;
    }
    return positionOf(node?.at ?? 0, lineStarts);
  };
}

/** A value: where its key (or itself) begins, and its members by name or index. */
interface Place {
  readonly at: number;
  readonly children?: Map<string | number, Place>;
}

function readTree(text: string): Place | undefined {
  try {
    return new TreeReader(text).read();
  } catch {
    return undefined; // reading the document already told why
  }
}

/** Builds the tree of places from the parser's events. */
class TreeReader {
  readonly #text: string;
  readonly #events: readonly Event[];
  readonly #anchors = new Map<string, Place>();
  #next = 0;

  constructor(text: string) {
    this.#text = text;
    this.#events = parseEvents(text, {});
  }

  /** The next value; undefined at the end of the one it would be part of. */
  read(): Place | undefined {
    const event = this.#events[this.#next++];
    if (event === undefined || event.type === EVENT_ID.POP) return undefined;
    const place = this.#value(event);
    if (event.type !== EVENT_ID.DOCUMENT && event.type !== EVENT_ID.ALIAS && event.anchorStart >= 0) {
      this.#anchors.set(this.#text.slice(event.anchorStart, event.anchorEnd), place);
    }
    return place;
  }

  #value(event: Exclude<Event, { type: typeof EVENT_ID.POP }>): Place {
    switch (event.type) {
      case EVENT_ID.DOCUMENT:
        return this.read() ?? { at: 0 };
      case EVENT_ID.SCALAR:
        return { at: scalarStart(event) };
      case EVENT_ID.ALIAS: {
        const target = this.#anchors.get(this.#text.slice(event.anchorStart, event.anchorEnd));
        return { at: event.anchorStart - 1, ...(target?.children && { children: target.children }) };
      }
      case EVENT_ID.SEQUENCE:
        return { at: event.start, children: this.#items() };
      case EVENT_ID.MAPPING:
        return { at: event.start, children: this.#fields() };
    }
  }

  #items(): Map<string | number, Place> {
    const items = new Map<string | number, Place>();
    for (let item = this.read(); item !== undefined; item = this.read()) items.set(items.size, item);
    return items;
  }

  #fields(): Map<string | number, Place> {
    const fields = new Map<string | number, Place>();
    for (;;) {
      const keyEvent = this.#events[this.#next];
      const key = this.read();
      if (key === undefined) return fields;
      const value = this.read() ?? key;
      if (keyEvent?.type === EVENT_ID.SCALAR) fields.set(keyText(this.#text, keyEvent), { ...value, at: key.at });
    }
  }
}

type ScalarEvent = Extract<Event, { type: typeof EVENT_ID.SCALAR }>;

function scalarStart(event: ScalarEvent): number {
  const isQuoted = event.style === SCALAR_STYLE.SINGLE_QUOTED || event.style === SCALAR_STYLE.DOUBLE_QUOTED;
  return isQuoted ? Math.max(0, event.valueStart - 1) : event.valueStart;
}

/** The key as it is in the object: plain ones are resolved first (`on` is the key `true`). */
function keyText(text: string, event: ScalarEvent): string {
  const source = getScalarValue(text, event);
  if (event.style !== SCALAR_STYLE.PLAIN) return source;
  for (const tag of MANIFEST_SCHEMA.tags) {
    if (tag.nodeKind !== "scalar" || !tag.implicit || tag.tagName.endsWith(":merge")) continue;
    const value: unknown = tag.resolve(source, false, tag.tagName);
    if (typeof value === "boolean" || typeof value === "number" || value === null) return String(value);
  }
  return source;
}

function positionOf(at: number, lineStarts: readonly number[]): Position {
  let low = 0;
  let high = lineStarts.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((lineStarts[middle] ?? 0) <= at) low = middle;
    else high = middle;
  }
  return { line: low + 1, column: at - (lineStarts[low] ?? 0) + 1 };
}
