/** The folder of a cluster in the machine's cgroups, under which its pods get theirs. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const top = "/sys/fs/cgroup";

/** Controllers that a kubelet uses, where cgroups are of version 2 and must be told so. */
const controllers = ["cpuset", "cpu", "io", "memory", "hugetlb", "pids"];

/** A folder in each hierarchy: one on version 2, one for each controller on version 1. */
function hierarchies(): string[] {
  if (existsSync(join(top, "cgroup.controllers"))) return [top];
  return readdirSync(top)
    .map((name) => join(top, name))
    .filter((folder) => existsSync(join(folder, "cgroup.procs")));
}

export function makeCgroups(name: string): void {
  for (const hierarchy of hierarchies()) {
    const folder = join(hierarchy, name);
    mkdirSync(folder, { recursive: true });
    for (const file of ["cpuset.cpus", "cpuset.mems"]) inherit(hierarchy, folder, file);
    if (hierarchy === top) for (const parent of [top, folder]) enableControllers(parent);
  }
}

/** On version 1, processes can be put into a cpuset only when it says which processors it has. */
function inherit(hierarchy: string, folder: string, file: string): void {
  if (hierarchy === top || !existsSync(join(hierarchy, file))) return;
  writeFileSync(join(folder, file), readFileSync(join(hierarchy, file)));
}

function enableControllers(folder: string): void {
  const there = readFileSync(join(folder, "cgroup.controllers"), "utf8").trim().split(" ");
  for (const controller of controllers.filter((name) => there.includes(name))) {
    writeFileSync(join(folder, "cgroup.subtree_control"), `+${controller}`);
  }
}

/** Returns whether all of it is gone; a folder goes only when its last process has. */
export function removeCgroups(name: string): boolean {
  return hierarchies()
    .map((hierarchy) => removeEmpty(join(hierarchy, name)))
    .every(Boolean);
}

function removeEmpty(folder: string): boolean {
  if (!existsSync(folder)) return true;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) removeEmpty(join(folder, entry.name));
  }
  try {
    rmdirSync(folder);
    return true;
  } catch {
    return false;
  }
}
