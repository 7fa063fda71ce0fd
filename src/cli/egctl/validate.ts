import type { Command } from "commander";
import type { SourceProblem } from "../../sources/source.ts";
import { type CliContext, CommandError } from "../context.ts";
import { type Format, formatted, outputOption } from "../output/formats.ts";

interface ValidateOptions {
  readonly file: readonly string[];
  readonly output?: Format;
  readonly defaultNamespace?: string;
}

/** `egctl validate`: everything that is wrong with manifests, without a server: schema, rules, references. */
export function addValidate(parent: Command, context: CliContext): void {
  parent
    .command("validate")
    .description(
      "tell every error and warning in manifests: syntax, fields, rules, references; fails if there is an error",
    )
    .requiredOption("-f, --file <path...>", "files and directories; - for the standard input")
    .option("--default-namespace <name>", "namespace of objects that name none (default: envoy-gateway-system)")
    .addOption(outputOption(undefined))
    .action((options: ValidateOptions) => validate(options, context));
}

async function validate(options: ValidateOptions, context: CliContext): Promise<void> {
  const { readGiven } = await import("./manifests.ts");
  const { referenceProblems } = await import("./reference-problems.ts");
  const { compareProblems } = await import("../../sources/file/collect-problems.ts");
  const { sourceProblemLine } = await import("../../server/source-problem.ts");
  const read = await readGiven(options.file, context, options.defaultNamespace);
  const problems: readonly SourceProblem[] = [...read.problems, ...referenceProblems(read.objects)].sort(
    compareProblems,
  );
  if (read.objects.length === 0 && problems.length === 0)
    context.stderr.write(
      `There are no manifests in ${options.file.join(", ")}. Of directories *.yaml, *.yml and *.json are read.\n`,
    );
  const count = (severity: SourceProblem["severity"]): number =>
    problems.filter((problem) => problem.severity === severity).length;
  const errors = count("error");
  if (options.output) {
    context.stdout.write(
      await formatted({ valid: errors === 0, objects: read.objects.length, problems }, options.output),
    );
  } else {
    for (const problem of problems)
      context.stdout.write(`${problem.severity}: ${sourceProblemLine(withoutEffect(problem))}\n`);
    const tail =
      problems.length === 0 ? "no problems" : `${plural(errors, "error")}, ${plural(count("warning"), "warning")}`;
    context.stdout.write(`${plural(read.objects.length, "valid object")}, ${tail}\n`);
  }
  if (errors > 0) throw new CommandError("");
}

/** What follows for a server does not matter where none runs. */
function withoutEffect({ effect: _, ...problem }: SourceProblem): SourceProblem {
  return problem;
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
