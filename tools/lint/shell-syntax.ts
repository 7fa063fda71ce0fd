import { spawnSync } from "node:child_process";
import { type Check, textFiles } from "./check.ts";

const shebang = /^#!(?:\/usr\/bin\/env |\/bin\/)(bash|sh)\b/;

/** Shell scripts, by their first line, parsed by the shell that will run them. */
export const shellSyntax: Check = {
  title: "shell scripts",
  run: async () =>
    textFiles(/(^|\/)[^.]+$|\.sh$|^\.ci\//).flatMap(({ path, text }) => {
      const shell = shebang.exec(text)?.[1];
      if (shell === undefined) return [];
      const parsed = spawnSync(shell, ["-n"], { input: text, encoding: "utf8" });
      if (parsed.status === 0) return [];
      const line = Number(/line (\d+)/.exec(parsed.stderr)?.[1] ?? 1);
      return [{ file: path, line, message: parsed.stderr.trim() }];
    }),
};
