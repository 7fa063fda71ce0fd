/** The code below src/gen that is generated from Envoy's protobuf descriptors. */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "./progress.mjs";
import { quickenFileDescriptors } from "./protobuf-file-descriptors.mjs";
import { registryFiles } from "./protobuf-registry.mjs";
import { hasStamp, keyOf, removeStamp, root, writeStamp } from "./stamp.mjs";

const stamp = "src/gen/.protobuf";
const inputs = [
  "tools/requirements.txt",
  "tools/protobuf",
  "tools/setup/protobuf-code.mjs",
  "tools/setup/protobuf-file-descriptors.mjs",
  "tools/setup/protobuf-registry.mjs",
  "buf.gen.yaml",
];
const descriptors = ".tools/protobuf/envoy.binpb";
const output = ".tools/protobuf/gen";

const key = () => keyOf({ files: inputs, words: [pluginVersion()] });

/** @returns {string} version of the code generator that the lockfile names */
function pluginVersion() {
  const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));
  return lock.packages["node_modules/@bufbuild/protoc-gen-es"].version;
}

/** @type {import("./progress.mjs").Step} */
export const protobufCode = {
  title: "code from Envoy's protobuf descriptors",
  isDone: () => hasStamp(stamp, key()),
  run: async () => {
    const wanted = key();
    removeStamp(stamp);
    mkdirSync(join(root, ".tools/protobuf"), { recursive: true });
    rmSync(join(root, output), { recursive: true, force: true });
    await run(".venv/bin/python", ["tools/protobuf/descriptors.py", descriptors]);
    // The generator is a script that looks for `node` on PATH: it needs ours.
    const path = [join(root, "node_modules/.bin"), process.env["PATH"] ?? ""].join(":");
    await run("node_modules/.bin/buf", ["generate"], { PATH: path });
    quickenFileDescriptors(join(root, output));
    for (const [name, text] of registryFiles(join(root, output))) writeFileSync(join(root, output, name), text);
    moveInto("src/gen");
    writeStamp(stamp, wanted);
  },
};

/**
 * Replaces each generated folder and file as a whole, so that nothing is left of what is no longer generated. What others generate
 * into the same folder stays.
 *
 * @param {string} target
 */
function moveInto(target) {
  mkdirSync(join(root, target), { recursive: true });
  for (const name of readdirSync(join(root, output))) {
    rmSync(join(root, target, name), { recursive: true, force: true });
    renameSync(join(root, output, name), join(root, target, name));
  }
}
