/**
 * Random documents for a schema: mostly valid, with everything in them that a rule or limit may stumble over. Used by tests that
 * hold two readers of the same schema against each other. The same seed always gives the same document.
 */
import { matcherFor } from "../patterns.ts";
import type { Json, Structural } from "../structural.ts";

/** How wild the documents are. */
export interface DocumentOptions {
  /** Share of values that break their schema on purpose (null, wrong type, beyond a limit, unknown field). */
  readonly dirt: number;
  /** About how many values a document has at most. */
  readonly size: number;
  /** Texts to choose from. Default: many that some pattern, format or rule likes. */
  readonly texts?: readonly string[] | undefined;
}

/** Texts that some pattern, format or rule of the gateway's kinds likes. */
const TEXTS = [
  "a default example example.com *.example.com a.b-c.d X-Header x-header / /path /path/x A a_b é 😀",
  "10s 1h30m 500ms 0s 1m 80 100Mi 1Gi 500m 1.3 2024-02-29T12:00:00Z 1970-01-01T00:00:00Z aGVsbG8=",
  "http https://example.com https://*.example.com:8443 * 10.0.0.1 10.0.0.0/8 ::1 2001:db8::/32 docker.io/x/y:1",
  "gateway.networking.k8s.io gateway.envoyproxy.io Gateway HTTPRoute Service Backend example.com/name GET",
].flatMap((line) => line.split(" "));

/** A document for the schema. */
export function documentFor(schema: Structural, seed: number, options: DocumentOptions): Json {
  return new Generator(seed, options, options.texts ?? [...TEXTS, ...textsInRules(schema)]).value(schema);
}

/** The string literals of all rules: the values that rules treat differently. */
export function textsInRules(schema: Structural): string[] {
  const texts = new Set<string>();
  const visit = (node: Structural): void => {
    for (const { rule } of node["x-kubernetes-validations"] ?? []) {
      for (const text of literalsIn(rule)) texts.add(text);
    }
    for (const value of Object.values(node.properties ?? {})) visit(value);
    if (node.items) visit(node.items);
    if (node.additionalProperties) visit(node.additionalProperties);
  };
  visit(schema);
  return [...texts];
}

/** The string literals of a rule. */
export function literalsIn(rule: string): string[] {
  return [...rule.matchAll(/'([^'\\]*)'|"([^"\\]*)"/g)].map((match) => match[1] ?? match[2] ?? "");
}

class Generator {
  #state: number;
  #left: number;
  readonly #dirt: number;
  readonly #texts: readonly string[];

  constructor(seed: number, options: DocumentOptions, texts: readonly string[]) {
    this.#state = seed | 0;
    this.#left = options.size;
    this.#dirt = options.dirt;
    this.#texts = texts;
  }

  value(schema: Structural): Json {
    this.#left--;
    if (this.#chance(this.#dirt)) return this.#wrong();
    if (schema.default !== undefined && this.#chance(0.2)) return schema.default;
    if (schema.enum) return this.#pick(schema.enum) ?? null;
    if (schema["x-kubernetes-int-or-string"]) return this.#chance(0.5) ? this.#integer(schema) : this.#text(schema);
    switch (schema.type) {
      case "string":
        return this.#text(schema);
      case "boolean":
        return this.#chance(0.5);
      case "integer":
        return this.#integer(schema);
      case "number":
        return this.#chance(0.5) ? this.#integer(schema) : this.#random() * 10;
      case "array":
        return this.#list(schema);
      case "object":
        return this.#object(schema);
      default:
        return this.#pick<Json>([{ any: 1 }, "text", 3, [1], true]) ?? null;
    }
  }

  #object(schema: Structural): Json {
    const result: Record<string, Json> = {};
    for (const [name, property] of Object.entries(schema.properties ?? {})) {
      const isRequired = schema.required?.includes(name) === true;
      const share = isRequired ? 1 - this.#dirt : this.#left > 0 ? 0.35 : 0;
      if (this.#chance(share)) result[name] = this.value(property);
    }
    if (schema.additionalProperties) {
      for (let i = this.#below(3); i > 0; i--)
        result[this.#pick(this.#texts) ?? "x"] = this.value(schema.additionalProperties);
    }
    if (this.#chance(this.#dirt)) result.unknown = 1;
    return result;
  }

  #list(schema: Structural): Json {
    const least = schema.minItems ?? 0;
    const most = Math.min(schema.maxItems ?? 4, 4);
    let length = this.#left > 0 ? least + this.#below(Math.max(1, most - least + 1)) : least;
    if (this.#chance(this.#dirt)) length = this.#pick([0, least - 1, Math.min((schema.maxItems ?? 4) + 1, 70)]) ?? 0;
    const items = Array.from({ length: Math.max(0, length) }, () => this.value(schema.items ?? {}));
    return this.#chance(0.1) && items.length > 1 ? [...items.slice(1), items[1] ?? null] : items;
  }

  #integer(schema: Structural): number {
    const { minimum = -5, maximum = Math.max(100, minimum) } = schema;
    if (this.#chance(this.#dirt)) return this.#pick([minimum - 1, maximum + 1, 2147483648, 4294967296]) ?? 0;
    return (
      this.#pick([
        minimum,
        maximum,
        minimum + this.#below(Math.min(1000, maximum - minimum + 1)),
        Math.min(Math.max(1, minimum), maximum),
      ]) ?? 0
    );
  }

  #text(schema: Structural): string {
    const { minLength = 0, maxLength = 60 } = schema;
    if (this.#chance(this.#dirt))
      return this.#pick(["", "x".repeat(maxLength + 1), "😀".repeat(maxLength), "a b\u0000", "no-such-thing!"]) ?? "";
    const fits = (text: string): boolean => {
      const length = [...text].length;
      return (
        length >= minLength && length <= maxLength && (schema.pattern === undefined || matcherFor(schema.pattern)(text))
      );
    };
    for (let attempt = 0; attempt < 8; attempt++) {
      const text = this.#pick(this.#texts) ?? "";
      if (fits(text)) return text;
    }
    return this.#texts.find(fits) ?? "x".repeat(Math.max(1, minLength));
  }

  #wrong(): Json {
    return this.#pick<Json>([null, null, "text", 7, 1.5, true, [], {}, ["x"], { x: 1 }]) ?? null;
  }

  #chance(share: number): boolean {
    return this.#random() < share;
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  #pick<T>(items: readonly T[]): T | undefined {
    return items[this.#below(items.length)];
  }

  /** Between 0 and 1 (mulberry32). */
  #random(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  }
}
