/** What plain scalars of a manifest mean: those of YAML 1.1, as Kubernetes' tools read them. */

export const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
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

export const NULLS: ReadonlySet<string> = new Set(["", "~", "null", "Null", "NULL"]);
const INTEGER = /^[-+]?(?:0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|0|[1-9][0-9]*)$/;
const FRACTION = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
const NOT_FINITE = /^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;

/** Thrown while scalars are resolved, and turned into a result by `parseDocument`. */
export class ScalarError extends Error {
  readonly source: string;

  constructor(source: string, message: string) {
    super(message);
    this.source = source;
  }
}

/** The value of a plain scalar that is a number; undefined if it is none. */
export function readNumber(source: string): number | undefined {
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

/** Number of texts after which {@link shared} starts anew, so that it does not hold on to what was read long ago. */
const REMEMBERED_TEXTS = 4096;
/** Longer texts hardly repeat. */
const LONGEST_SHARED = 64;
const sharedTexts = new Map<string, string>();

/** The same text as it was read before, if it was: thousands of objects repeat their kinds, groups and names, and memory needs each once. */
export function shared(source: string): string {
  if (source.length > LONGEST_SHARED) return source;
  const known = sharedTexts.get(source);
  if (known !== undefined) return known;
  if (sharedTexts.size >= REMEMBERED_TEXTS) sharedTexts.clear();
  sharedTexts.set(source, source);
  return source;
}
