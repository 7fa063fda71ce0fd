/** The interfaces below src/gen that are generated from the schemas of the kinds. */

import { run } from "./progress.mjs";
import { hasStamp, keyOf, removeStamp, writeStamp } from "./stamp.mjs";

const stamp = "src/gen/.kinds";
const program = "tools/write-interfaces.ts";
const key = () => keyOf({ files: ["src/schema", "src/api", "src/features", program] });

/** @type {import("./progress.mjs").Step} */
export const kinds = {
  title: "interfaces from the schemas of the kinds",
  isDone: () => hasStamp(stamp, key()),
  run: async () => {
    const wanted = key();
    removeStamp(stamp);
    await run("node_modules/.bin/node", [program]);
    writeStamp(stamp, wanted);
  },
};
