import { type Check, type Finding, type TextFile, textFiles } from "./check.ts";

/** Longest file that a person can take in; a longer one holds two ideas. */
const maxLines = 350;

/** Words that code may not hold, and why. The patterns are written so that they do not match themselves. */
const forbidden: readonly { readonly pattern: RegExp; readonly why: string }[] = [
  { pattern: /\b(TO[D]O|FIX[M]E|XX[X])\b/, why: "unfinished work belongs in an issue, not in the code" },
  { pattern: /@ts-(ignor[e]|nocheck|expect-erro[r])\b/, why: "the type checker is not silenced" },
  { pattern: /(:\s*any\b|\bas an[y]\b|<an[y]>)/, why: "`any` switches type checking off; `unknown` does not" },
];

const codeFile = /\.(ts|tsx|mjs|js|py|sh)$/;

/** Findings in one file of code. Exported for tests. */
export function findForbidden({ path, text }: TextFile): Finding[] {
  const lines = text.split("\n");
  const findings: Finding[] = lines.flatMap((line, index) =>
    forbidden
      .filter(({ pattern }) => pattern.test(line))
      .map(({ why }) => ({ file: path, line: index + 1, message: why })),
  );
  const length = text.endsWith("\n") ? lines.length - 1 : lines.length;
  if (length > maxLines)
    findings.push({ file: path, line: maxLines + 1, message: `${length} lines; at most ${maxLines}` });
  if (/(^|\/)(utils?|helpers?|misc|common)(\.|\/)/.test(path)) {
    findings.push({ file: path, message: "the name says nothing: name a file after the one idea in it" });
  }
  return findings;
}

export const forbiddenText: Check = {
  title: "file sizes and forbidden words",
  run: async () => textFiles(codeFile).flatMap(findForbidden),
};
