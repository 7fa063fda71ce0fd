/** What a machine must have before a cluster can be made, told in one sentence. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

/** Oldest Go that builds this Kubernetes. */
const oldestGo = { major: 1, minor: 26 } as const;

/** Folder of Debian's CNI plugins. */
export const cniPlugins = "/usr/lib/cni";

/** Programs of the machine that a cluster runs, with the Debian package each comes in. */
const programs: Readonly<Record<string, string>> = {
  runc: "runc",
  nft: "nftables",
  iptables: "iptables",
  conntrack: "conntrack",
  ip: "iproute2",
  unshare: "util-linux",
  nsenter: "util-linux",
};

/** Debian keeps some of the programs where only root's PATH leads. */
const systemFolders = ["/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/local/bin", "/usr/bin", "/bin"];

/** PATH of everything a cluster runs: the given folders, then the system's. */
export function systemPath(...first: readonly string[]): string {
  return [...first, ...systemFolders].join(delimiter);
}

/** What the machine was asked; tests answer for it. */
export interface Machine {
  readonly platform: string;
  readonly userId: number;
  /** Whether a file is there. */
  readonly exists: (path: string) => boolean;
  /** Answer of `go env GOVERSION`; undefined without Go. */
  readonly goVersion: () => string | undefined;
}

const thisMachine: Machine = {
  platform: process.platform,
  userId: process.getuid?.() ?? -1,
  exists: existsSync,
  goVersion: () => {
    const asked = spawnSync("go", ["env", "GOVERSION"], { encoding: "utf8" });
    return asked.status === 0 ? asked.stdout.trim() : undefined;
  },
};

/** One sentence about all that is missing to run a cluster and, unless its programs are built, to build them; or nothing. */
export function missing(isBuilt: boolean, machine: Machine = thisMachine): string | undefined {
  if (machine.platform !== "linux") return `a local cluster needs Linux, and this is ${machine.platform}`;
  const wanted = [
    ...(machine.userId === 0 ? [] : ["to be run as root (it makes Linux namespaces and a network interface)"]),
    ...(isBuilt ? [] : missingGo(machine.goVersion())),
    ...missingPackages(machine),
  ];
  return wanted.length === 0 ? undefined : `a local cluster needs ${wanted.join(", and ")}`;
}

function missingGo(version: string | undefined): string[] {
  const oldest = `Go ${oldestGo.major}.${oldestGo.minor} or newer`;
  if (version === undefined) return [oldest];
  const [, major, minor] = /^go(\d+)\.(\d+)/.exec(version) ?? [];
  const isRecent =
    Number(major) > oldestGo.major || (Number(major) === oldestGo.major && Number(minor) >= oldestGo.minor);
  return isRecent ? [] : [`${oldest} (this is ${version})`];
}

/** Debian's packages that a cluster needs and this machine lacks, sorted. */
export function packagesToInstall(machine: Machine = thisMachine): readonly string[] {
  const packages = Object.entries(programs)
    .filter(([program]) => !systemFolders.some((folder) => machine.exists(join(folder, program))))
    .map(([, name]) => name);
  if (!machine.exists(join(cniPlugins, "bridge"))) packages.push("containernetworking-plugins");
  return [...new Set(packages)].sort();
}

function missingPackages(machine: Machine): string[] {
  const packages = packagesToInstall(machine);
  if (packages.length === 0) return [];
  return [`what this installs on Debian or Ubuntu: apt-get install ${packages.join(" ")}`];
}
