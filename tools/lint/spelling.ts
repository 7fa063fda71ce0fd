import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { type Check, root, textFiles } from "./check.ts";

/** Names in code run words together (`positionOf`); they are not looked at. */
const names = "\\b\\w*[a-z][A-Z]\\w*\\b";

/**
 * Common misspellings in prose and code, found by codespell. Words that only look like one stand in `spelling-allowed.txt`. Tests
 * misspell on purpose and are left out.
 */
export const spelling: Check = {
  title: "spelling",
  run: async () => {
    const paths = textFiles(/\.(md|ts|mjs|py|sh|mk|yaml|yml|txt|html)$|(^|\/)Makefile$/)
      .map(({ path }) => path)
      .filter((path) => path !== "tools/lint/spelling-allowed.txt" && !/\.test\.ts$/.test(path));
    const allowed = join(import.meta.dirname, "spelling-allowed.txt");
    const checked = spawnSync(
      join(root, ".venv/bin/codespell"),
      ["--ignore-words", allowed, "--ignore-regex", names, ...paths],
      {
        cwd: root,
        encoding: "utf8",
        maxBuffer: 64 * 1024 * 1024,
      },
    );
    if (checked.status === 0) return [];
    return [{ message: (checked.stdout + checked.stderr).trim() }];
  },
};
