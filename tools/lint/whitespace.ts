import { type Check, type Finding, type TextFile, textFiles } from "./check.ts";

/** Files in which lines start with a tab: make asks for it, and Go's formatter. */
const tabFile = /(^|\/)(Makefile|[^/]*\.(mk|go)|go\.(mod|sum))$/;

/** Findings in one file. Exported for tests. */
export function findWhitespace({ path, text }: TextFile): Finding[] {
  const findings: Finding[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    const at = { file: path, line: index + 1 };
    if (line.endsWith("\r")) findings.push({ ...at, message: "line ends in CR LF; use LF" });
    else if (/[ \t]$/.test(line)) findings.push({ ...at, message: "trailing white space" });
    if (/^ *\t/.test(line) && !tabFile.test(path)) findings.push({ ...at, message: "indented with a tab; use spaces" });
  }
  if (text !== "" && !text.endsWith("\n")) findings.push({ file: path, message: "no newline at the end of the file" });
  if (text.endsWith("\n\n")) findings.push({ file: path, message: "empty lines at the end of the file" });
  return findings;
}

export const whitespace: Check = {
  title: "white space",
  run: async () => textFiles(/(?<!\/testdata\/[^/]*\.bad\.yaml)$/).flatMap(findWhitespace),
};
