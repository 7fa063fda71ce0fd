/** The npm packages of the lockfile, with npm. */

import { run } from "./progress.mjs";
import { hasStamp, keyOf, removeStamp, writeStamp } from "./stamp.mjs";

const stamp = "node_modules/.setup";
const key = () => keyOf({ files: ["package-lock.json", ".npmrc"], words: [process.platform, process.arch] });

/** @type {import("./progress.mjs").Step} */
export const npmPackages = {
  title: "npm packages, with Node 24 (about 500 MB)",
  isDone: () => hasStamp(stamp, key()),
  run: async () => {
    const wanted = key();
    removeStamp(stamp);
    // Warnings here would be about the machine's own Node, which only installs and is not used after that.
    await run("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"]);
    writeStamp(stamp, wanted);
  },
};
