import { execFileSync } from "node:child_process";
import { kinds } from "../setup/kinds.mjs";
import { protobufCode } from "../setup/protobuf-code.mjs";
import { type Check, type Finding, root } from "./check.ts";

/** Generated code fits what it is generated from, and is not committed. */
export const generatedCode: Check = {
  title: "generated code",
  run: async () => {
    const stale: Finding[] = [protobufCode, kinds]
      .filter((step) => !step.isDone())
      .map((step) => ({ message: `${step.title}: not up to date; run make generate` }));
    const committed = execFileSync("git", ["ls-files", "src/gen"], { cwd: root, encoding: "utf8" }).trim();
    const files = committed === "" ? [] : committed.split("\n");
    return [...stale, ...files.map((file) => ({ file, message: "generated code is not committed" }))];
  },
};
