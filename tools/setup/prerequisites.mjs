/** What a machine must have before anything can be installed. */
import { spawnSync } from "node:child_process";

/** The oldest versions that set-up works with. */
const oldestNode = 20;
const oldestPython = "3.9";

/** Platforms for which there is a Node and an Envoy in the package registries. */
const platforms = ["linux-x64", "linux-arm64"];

/** The Python that makes the project's own environment. */
export const python = process.env["PYTHON"] ?? "python3";

/** @returns {string | undefined} one sentence about what is missing, or nothing */
export function missingPrerequisite() {
  const platform = `${process.platform}-${process.arch}`;
  if (!platforms.includes(platform)) return `${platform} is not supported: this works on ${platforms.join(" and ")}.`;
  if (Number(process.versions.node.split(".")[0]) < oldestNode) {
    return `Node.js ${process.versions.node} is too old: install version ${oldestNode} or newer.`;
  }
  if (!runs("npm", ["--version"])) return "npm is missing: install it (it usually comes with Node.js).";
  const [major, minor] = oldestPython.split(".");
  if (!runs(python, ["-c", `import sys; sys.exit(sys.version_info < (${major}, ${minor}))`])) {
    return `Python ${oldestPython} or newer is missing (${python}; another can be named: PYTHON=/path/to/python3).`;
  }
  if (!runs(python, ["-c", "import ensurepip, venv"])) {
    return `${python} has no venv module: install it (on Debian and Ubuntu: the package python3-venv).`;
  }
  return undefined;
}

/**
 * @param {string} program
 * @param {string[]} args
 */
function runs(program, args) {
  return spawnSync(program, args, { stdio: "ignore" }).status === 0;
}
