/** Local Kubernetes clusters: `node tools/cluster/cluster.ts <command>`; see README.md. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { withLock } from "../setup/lock.mjs";
import { addressesOf } from "./addresses.ts";
import { type Command, type CommandName, parseCommand, usage } from "./arguments.ts";
import { buildParts, isBuilt } from "./build/build.ts";
import { conformanceSuite, parts } from "./build/parts.ts";
import { removeCluster } from "./down.ts";
import { findNode, type RunningNode, runInNode } from "./node/namespaces.ts";
import { binFolder, filesOf } from "./paths.ts";
import { missing, packagesToInstall } from "./prerequisites.ts";
import { withStep } from "./progress.ts";
import { isUp, up } from "./up.ts";

/** Each returns the exit code. */
const commands: Readonly<Record<CommandName, (command: Command) => number | Promise<number>>> = {
  up: async ({ number }) => {
    const { name } = addressesOf(number);
    if (isUp(number)) print(`cluster: ${name} is there`);
    else await up(number);
    print(
      `\nUse it:\n\n  export KUBECONFIG=${filesOf(number).kubeconfig}\n  export PATH=${binFolder}:$PATH\n  kubectl get pods -A\n`,
    );
    return 0;
  },
  down: async ({ number }) => {
    const { name } = addressesOf(number);
    const wasThere = await withStep(`delete ${name}`, () => removeCluster(number));
    if (!wasThere) print(`cluster: ${name} was not there`);
    return 0;
  },
  load: async ({ number, operands }) => {
    const node = nodeOf(number);
    for (const archive of operands) {
      if (!existsSync(archive)) throw new Error(`there is no file ${archive}`);
      const load = ["ctr", "-n", "k8s.io", "images", "import", "--no-unpack", resolve(archive)];
      await withStep(`load ${archive}`, async () => runInNode(node, load, "pipe"));
    }
    return 0;
  },
  kubeconfig: ({ number }) => {
    nodeOf(number);
    print(filesOf(number).kubeconfig);
    return 0;
  },
  exec: ({ number, operands }) => runInNode(nodeOf(number), operands),
  packages: () => {
    print(packagesToInstall().join(" "));
    return 0;
  },
  build: async () => {
    const all = [...parts, conformanceSuite];
    const lack = missing(all.every(isBuilt));
    if (lack !== undefined) throw new Error(lack);
    await buildParts(all);
    return 0;
  },
};

/** Commands that change what others of the same cluster read take turns. */
const exclusive: ReadonlySet<CommandName> = new Set<CommandName>(["up", "down", "build"]);

function nodeOf(number: number): RunningNode {
  const node = isUp(number) ? findNode(number) : undefined;
  if (!node) throw new Error(`cluster ${addressesOf(number).name} does not exist: make create-cluster`);
  return node;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

async function main(): Promise<void> {
  const command = parseCommand(process.argv.slice(2), process.env);
  if ("error" in command) {
    process.stderr.write(`cluster: ${command.error}\n${usage}\n`);
    process.exitCode = 2;
    return;
  }
  const work = async (): Promise<void> => {
    process.exitCode = await commands[command.name](command);
  };
  try {
    if (!exclusive.has(command.name)) return await work();
    const { lock } = filesOf(command.number);
    await withLock(work, { file: lock, title: "cluster" });
  } catch (error) {
    process.stderr.write(`cluster: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}

await main();
