import { parseAllDocuments } from "yaml";
import { type Check, type Finding, type TextFile, textFiles } from "./check.ts";

/**
 * Findings in one file: what is no YAML, keys given twice, tabs. Exported for tests.
 * Charts are templates and no YAML yet; `*.bad.yaml` are broken on purpose, as input of tests.
 */
export function findYamlProblems({ path, text }: TextFile): Finding[] {
  const documents = parseAllDocuments(text, { prettyErrors: true, uniqueKeys: true });
  return [...documents].flatMap((document) =>
    [...document.errors, ...document.warnings].map((problem) => ({
      file: path,
      ...(problem.linePos && { line: problem.linePos[0].line }),
      message: problem.message.split("\n")[0] ?? problem.code,
    })),
  );
}

export const yamlSyntax: Check = {
  title: "YAML",
  run: async () =>
    textFiles(/\.ya?ml$/)
      .filter(({ path }) => !/\.bad\.ya?ml$|(^|\/)templates\//.test(path))
      .flatMap(findYamlProblems),
};
