/** All checks, in the order in which they run. */
import { type Check, programFindings } from "./check.ts";
import { forbiddenText } from "./forbidden-text.ts";
import { generatedCode } from "./generated-code.ts";
import { layers } from "./layers.ts";
import { shellSyntax } from "./shell-syntax.ts";
import { spelling } from "./spelling.ts";
import { whitespace } from "./whitespace.ts";
import { yamlSyntax } from "./yaml-syntax.ts";

export const checks: readonly Check[] = [
  { title: "types", run: () => programFindings("node_modules/.bin/tsc", ["--project", "."]) },
  {
    title: "language and formatting",
    run: () => programFindings("node_modules/.bin/biome", ["check", "--error-on-warnings", "--max-diagnostics=50"]),
  },
  {
    title: "unused files, packages and exports",
    // Types are exported for whoever will use what they describe.
    run: () => programFindings("node_modules/.bin/knip", ["--no-progress", "--no-config-hints", "--exclude", "types"]),
  },
  layers,
  forbiddenText,
  yamlSyntax,
  whitespace,
  spelling,
  shellSyntax,
  generatedCode,
];
