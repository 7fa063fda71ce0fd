/** kubectl, of the machine or of the local cluster's programs. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { binFolder } from "../cluster/paths.ts";

export class Kubectl {
  readonly #program: string;
  readonly #kubeconfig: string;

  /** With the current context of that file. Throws where there is no kubectl. */
  constructor(kubeconfig: string) {
    const folders = [...(process.env["PATH"] ?? "").split(delimiter), binFolder];
    const program = folders.map((folder) => join(folder, "kubectl")).find((file) => existsSync(file));
    if (program === undefined) throw new Error("kubectl is needed: https://kubernetes.io/docs/tasks/tools/");
    this.#program = program;
    this.#kubeconfig = kubeconfig;
  }

  /** Runs it; returns what it writes. Throws with its words when it fails. */
  run(args: readonly string[], input?: string): string {
    const ran = spawnSync(this.#program, args, {
      encoding: "utf8",
      env: { ...process.env, KUBECONFIG: this.#kubeconfig },
      maxBuffer: 64 << 20,
      ...(input !== undefined && { input }),
    });
    if (ran.error) throw ran.error;
    if (ran.status !== 0) throw new Error(`kubectl ${args.slice(0, 3).join(" ")}: ${ran.stderr.trim()}`);
    return ran.stdout;
  }

  /** One object, or undefined where it does not exist. */
  get<T>(args: readonly string[]): T | undefined {
    const text = this.run(["get", ...args, "--ignore-not-found", "-o", "json"]);
    return text === "" ? undefined : (JSON.parse(text) as T);
  }
}
