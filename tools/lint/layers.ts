import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { type Check, type Finding, root, toolEnvironment } from "./check.ts";

/** The part of dependency-cruiser's JSON report that is read here. */
interface CruiseReport {
  readonly summary: {
    readonly totalCruised: number;
    readonly violations: readonly {
      readonly from: string;
      readonly to: string;
      readonly rule: { readonly name: string };
    }[];
  };
}

/** What a report says is wrong. A report about no modules at all is wrong too: the parser read nothing. Exported for tests. */
export function layerFindings({ summary }: CruiseReport, leastModules: number): Finding[] {
  if (summary.totalCruised < leastModules) {
    return [{ message: `only ${summary.totalCruised} modules were read; the import check sees nothing` }];
  }
  return summary.violations.map(({ from, to, rule }) => ({ file: from, message: `imports ${to}: ${rule.name}` }));
}

/** Imports go only downwards, without cycles: the rules stand in `layers.config.mjs`. */
export const layers: Check = {
  title: "import layers",
  run: async () => {
    const args = ["--config", "tools/lint/layers.config.mjs", "--output-type", "json", "src"];
    const cruised = spawnSync(join(root, "node_modules/.bin/depcruise"), args, {
      cwd: root,
      env: toolEnvironment,
      encoding: "utf8",
      maxBuffer: 256 * 1024 * 1024,
    });
    if (cruised.stdout === "") return [{ message: cruised.stderr.trim() }];
    return layerFindings(JSON.parse(cruised.stdout) as CruiseReport, 50);
  },
};
