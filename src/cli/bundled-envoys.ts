import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { defaultEnvoyVersion } from "../infra/host/envoy-binary.ts";

/** The Envoy that the project's set-up installs is three folders above an executable (`bin/<os>/<arch>`) and two above this file. */
const highest = 4;

/** Envoys installed with this program: in the project's folder, wherever in it the program runs. */
export function bundledEnvoys(): { readonly path: string; readonly version: string }[] {
  const found = new Set<string>();
  for (const start of [dirname(process.execPath), import.meta.dirname]) {
    let folder = start;
    for (let step = 0; step < highest; step++) {
      const path = join(folder, ".tools", "envoy");
      if (existsSync(path)) found.add(path);
      folder = dirname(folder);
    }
  }
  return [...found].map((path) => ({ path, version: defaultEnvoyVersion }));
}
