/** What is wrong with a document, as data: code, place and text. */

/** Every code an issue can have, with how serious it is and whether it keeps the rules from running. */
export const ISSUE_CODES = {
  /** A field the schema does not know; it is dropped. */
  UnknownField: { severity: "warning", blocking: false },
  /** The version still works but is going to be removed. */
  DeprecatedVersion: { severity: "warning", blocking: false },
  /** The kind is not served in this group or version. */
  UnsupportedVersion: { severity: "error", blocking: true },
  /** A required field is absent. */
  Required: { severity: "error", blocking: true },
  /** The value has another type than the schema wants. */
  WrongType: { severity: "error", blocking: true },
  /** The string is not of the format (`date-time`, `ipv4`, …) the schema wants. */
  BadFormat: { severity: "error", blocking: true },
  /** The value is none of the listed ones. */
  UnsupportedValue: { severity: "error", blocking: true },
  /** The string has too many characters. */
  TooLong: { severity: "error", blocking: true },
  /** The string has too few characters. */
  TooShort: { severity: "error", blocking: false },
  /** The list or object has too many members. */
  TooMany: { severity: "error", blocking: true },
  /** The list or object has too few members. */
  TooFew: { severity: "error", blocking: false },
  /** The string does not match the pattern. */
  PatternMismatch: { severity: "error", blocking: false },
  /** The number is below the minimum. */
  TooSmall: { severity: "error", blocking: false },
  /** The number is above the maximum, or does not fit its format. */
  TooLarge: { severity: "error", blocking: false },
  /** The number is no multiple of what the schema asks for. */
  NotMultiple: { severity: "error", blocking: false },
  /** Two items of a list are the same, or have the same keys. */
  Duplicate: { severity: "error", blocking: false },
  /** The value fits none, or too many, of the alternatives the schema gives. */
  NoAlternative: { severity: "error", blocking: false },
  /** The name, namespace, labels or annotations are malformed. */
  InvalidMetadata: { severity: "error", blocking: false },
  /** A name that an API server would not take, of a kind whose names matter to nothing else. */
  LooseName: { severity: "warning", blocking: false },
  /** A rule over several fields is not met. */
  RuleFailed: { severity: "error", blocking: false },
  /** A rule could not be evaluated on this value. */
  RuleError: { severity: "error", blocking: false },
  /** Rules were left out because of other errors; more errors may follow once those are mended. */
  RulesSkipped: { severity: "warning", blocking: false },
} as const;

export type IssueCode = keyof typeof ISSUE_CODES;

/** One thing that is wrong. */
export interface Issue {
  readonly code: IssueCode;
  /** From the object's root: field names and list indexes. */
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly severity: "error" | "warning";
  /** True if the rules were not run because of this issue, so that further issues may follow once it is mended. */
  readonly blocking: boolean;
}

/**
 * Issues while they are collected. A check reports at the value it looks at; each level above pushes its key, so that a path
 * costs nothing unless something is wrong. Paths are therefore in reverse until {@link finished}.
 */
export type IssueSink = { code: IssueCode; message: string; reversed: (string | number)[] }[];

/** Adds an issue at the value being checked. */
export function report(sink: IssueSink, code: IssueCode, message: string): void {
  sink.push({ code, message, reversed: [] });
}

/** Adds an issue at a member of the value being checked. */
export function reportAt(sink: IssueSink, key: string | number, code: IssueCode, message: string): void {
  sink.push({ code, message, reversed: [key] });
}

/** Moves the issues from index `from` on below `key`. */
export function placeUnder(sink: IssueSink, from: number, key: string | number): void {
  for (let i = from; i < sink.length; i++) sink[i]?.reversed.push(key);
}

/** The collected issues in their final form. */
export function finished(sink: IssueSink): Issue[] {
  return sink.map(({ code, message, reversed }) => ({ code, path: reversed.reverse(), message, ...ISSUE_CODES[code] }));
}

/** The path as people write it: `spec.rules[0].backendRefs[1].name`. Keys that are no plain words stand in brackets. */
export function formatPath(path: readonly (string | number)[]): string {
  let text = "";
  for (const key of path) {
    if (typeof key === "number") text += `[${key}]`;
    else if (/^[A-Za-z_$][\w$-]*$/.test(key)) text += text === "" ? key : `.${key}`;
    else text += `[${JSON.stringify(key)}]`;
  }
  return text;
}

/** A value as it is shown in a message: JSON, cut off when long. */
export function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length <= 80 ? text : `${text.slice(0, 77)}…`;
}
