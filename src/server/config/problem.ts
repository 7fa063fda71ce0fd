/** Something that is wrong, or looks wrong, in the configuration file. */
export interface ConfigProblem {
  readonly severity: "error" | "warning";
  readonly message: string;
  readonly file?: string | undefined;
  /** Counted from 1. */
  readonly line?: number | undefined;
  readonly column?: number | undefined;
  /** Path to the field, e.g. `logging.level`. */
  readonly field?: string | undefined;
}

/** The problem as one line: `file:line:column: field: message`, parts that are not known left out. */
export function problemLine({ file, line, column, field, message }: Omit<ConfigProblem, "severity">): string {
  const place = [file, line, column].filter((part) => part !== undefined).join(":");
  return [...(place === "" ? [] : [place]), ...(field ? [field] : []), message].join(": ");
}
