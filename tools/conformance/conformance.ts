/**
 * The Gateway API's official conformance suite: `run` against the cluster of the current context, `whole` with a local cluster made
 * for it and deleted after it, `page` to write docs/conformance/README.md anew. Options are environment variables: options.ts.
 */
import { spawnSync } from "node:child_process";
import { addressesOf } from "../cluster/addresses.ts";
import { buildParts } from "../cluster/build/build.ts";
import { conformanceSuite } from "../cluster/build/parts.ts";
import { findNode } from "../cluster/node/namespaces.ts";
import { filesOf } from "../cluster/paths.ts";
import { root } from "../lint/check.ts";
import { type Options, parseOptions } from "./options.ts";
import { updatePage } from "./page.ts";
import { existing, runSuite } from "./run.ts";

/** Number of the local cluster. */
const number = Number(process.env["CLUSTER"] || "0");

/** Each returns the exit code. */
const commands: Readonly<Record<string, (options: Options) => number | Promise<number>>> = {
  run: (options) => runSuite(options, existing(process.env["KUBECONFIG"] || filesOf(number).kubeconfig)),
  whole,
  page: () => {
    updatePage();
    return 0;
  },
};

async function whole(options: Options): Promise<number> {
  const { name } = addressesOf(number);
  if (findNode(number))
    throw new Error(`cluster ${name} is there already: use it with make run-conformance, or give another CLUSTER`);
  await buildParts([conformanceSuite]);
  // The cluster is deleted also when somebody interrupts; the programs that are at work end by the same signal.
  const ignore = (): void => undefined;
  process.on("SIGINT", ignore).on("SIGTERM", ignore);
  const { kubeconfig } = filesOf(number);
  const mode = options.mode ?? "ControllerNamespace";
  const deployType = `--set config.envoyGateway.provider.kubernetes.deploy.type=${mode}`;
  try {
    make("create-cluster");
    make("kube-install-image");
    make("kube-deploy", { KUBECONFIG: kubeconfig, HELM_ARGS: deployType });
    return await runSuite({ ...options, mode }, kubeconfig);
  } finally {
    make("delete-cluster");
  }
}

function make(target: string, environment: Readonly<Record<string, string>> = {}): void {
  const ran = spawnSync("make", ["--no-print-directory", target], {
    cwd: root,
    env: { ...process.env, CLUSTER: String(number), ...environment },
    stdio: ["ignore", "inherit", "inherit"],
  });
  if (ran.status !== 0) throw new Error(`make ${target} failed`);
}

const [name = ""] = process.argv.slice(2);
const command = commands[name];
const options = parseOptions(process.env);
try {
  if (!command) throw new Error(`say one of ${Object.keys(commands).join(", ")}`);
  if ("error" in options) throw new Error(options.error);
  process.exitCode = await command(options);
} catch (error) {
  process.stderr.write(`conformance: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
