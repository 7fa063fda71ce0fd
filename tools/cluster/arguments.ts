/** The command line of `tools/cluster/cluster.ts`. */
import { parseArgs } from "node:util";
import { highestNumber } from "./addresses.ts";

/** Commands, with what comes after them. */
const usages = {
  up: "",
  down: "",
  load: "<archive>...",
  kubeconfig: "",
  exec: "-- <command> [argument]...",
  build: "",
  packages: "",
} as const;

export type CommandName = keyof typeof usages;

export interface Command {
  readonly name: CommandName;
  /** Number of the cluster. */
  readonly number: number;
  /** Archives, or the command to run. */
  readonly operands: readonly string[];
}

export const usage: string = [
  "usage: cluster <command> [--number 0..9]; without it the number is $CLUSTER, or 0",
  ...Object.entries(usages).map(([name, operands]) => `  cluster ${name} ${operands}`.trimEnd()),
].join("\n");

/** The command, or what is wrong with the command line. */
export function parseCommand(args: readonly string[], environment: NodeJS.ProcessEnv): Command | { error: string } {
  const end = args.indexOf("--");
  const own = end < 0 ? args : args.slice(0, end);
  const rest = end < 0 ? [] : args.slice(end + 1);
  try {
    const { values, positionals } = parseArgs({
      args: [...own],
      options: { number: { type: "string" } },
      allowPositionals: true,
    });
    const [name, ...operands] = [...positionals, ...rest];
    if (name === undefined || !isCommand(name))
      return { error: name === undefined ? "no command" : `no command ${name}` };
    const text = values.number ?? environment["CLUSTER"] ?? "0";
    if (!/^\d$/.test(text)) return { error: `a cluster's number is one from 0 to ${highestNumber}, not ${text}` };
    const takes = usages[name];
    if (takes === "" && operands.length > 0) return { error: `${name} takes no ${operands[0]}` };
    if (takes !== "" && operands.length === 0) return { error: `${name} needs ${takes}` };
    return { name, number: Number(text), operands };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

function isCommand(name: string): name is CommandName {
  return Object.hasOwn(usages, name);
}
