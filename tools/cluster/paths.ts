/** Where a cluster's things lie. */
import { join } from "node:path";
import { root } from "../lint/check.ts";

/** Below the project's folder: programs that were built, and a folder for each cluster. */
const top: string = join(root, ".tools/cluster");

/** Builds, one folder for each part and key. */
export const partsFolder: string = join(top, "parts");

/** One process builds at a time. */
export const buildLock: string = join(top, "build.lock");

/** Links to the programs built last, to be put on PATH: `kubectl`, `ctr` and others. */
export const binFolder: string = join(top, "bin");

/** Image archives that every cluster is given. */
export const imagesFolder: string = join(top, "images");

/** What {@link ./machine-folders.ts} remembers. */
export const machineFoldersFile: string = join(top, "machine-folders");

/** Go modules of the programs. */
export const goFolder: string = join(root, "tools/cluster/go");

/** Files of one cluster; all of them go when it is deleted. */
export interface ClusterFiles {
  readonly folder: string;
  /** For its user; holds everything it needs, so that it can be copied. */
  readonly kubeconfig: string;
  readonly pki: string;
  readonly logs: string;
  /** Appears when `up` is through. */
  readonly ready: string;
  /** Appears when the node's network is there. */
  readonly networkReady: string;
  readonly lock: string;
}

export function filesOf(number: number): ClusterFiles {
  const folder = join(top, String(number));
  return {
    folder,
    kubeconfig: join(folder, "kubeconfig"),
    pki: join(folder, "pki"),
    logs: join(folder, "logs"),
    ready: join(folder, "ready"),
    networkReady: join(folder, "network-ready"),
    lock: join(top, `${number}.lock`),
  };
}
