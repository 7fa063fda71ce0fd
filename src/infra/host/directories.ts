import { lstat, mkdir } from "node:fs/promises";
import { homedir, tmpdir, userInfo } from "node:os";
import { join } from "node:path";

/** Where a standalone gateway keeps its things; `provider.custom.infrastructure.host` of the EnvoyGateway configuration. */
export interface HostDirectories {
  /** Certificates. Default: `~/.config/envoy-gateway`. */
  readonly configHome: string;
  /** Envoy binaries. Default: `~/.local/share/envoy-gateway`. */
  readonly dataHome: string;
  /** Logs. Default: `~/.local/state/envoy-gateway`. */
  readonly stateHome: string;
  /** What is about running processes only. Default: `/tmp/envoy-gateway-<uid>`. */
  readonly runtimeDir: string;
}

/** Fills in the defaults for directories that were not given. */
export function hostDirectories(
  given: { readonly [D in keyof HostDirectories]?: string | undefined } = {},
): HostDirectories {
  const home = homedir();
  return {
    configHome: given.configHome ?? join(home, ".config", "envoy-gateway"),
    dataHome: given.dataHome ?? join(home, ".local", "share", "envoy-gateway"),
    stateHome: given.stateHome ?? join(home, ".local", "state", "envoy-gateway"),
    runtimeDir: given.runtimeDir ?? join(tmpdir(), `envoy-gateway-${userInfo().uid}`),
  };
}

/**
 * Makes a directory that only this user can read (mode 0700). The default lies below
 * `/tmp`, where another user could have put a directory or link of that name first: then it throws.
 */
export async function privateDirectory(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  const found = await lstat(path);
  const uid = userInfo().uid;
  if (!found.isDirectory()) throw new Error(`${path} is not a directory`);
  if (uid >= 0 && found.uid !== uid) throw new Error(`${path} belongs to another user (uid ${found.uid})`);
}

/** Directory of one fleet's runtime files. */
export function fleetRuntimeDirectory(directories: HostDirectories, fleetName: string): string {
  return join(directories.runtimeDir, "fleets", fleetName);
}

/** File into which a fleet's Envoy writes `host:port` of its admin interface. */
export function adminAddressPath(directories: HostDirectories, fleetName: string): string {
  return join(fleetRuntimeDirectory(directories, fleetName), "admin-address");
}

/** Directory of a fleet's logs. */
export function fleetLogDirectory(directories: HostDirectories, fleetName: string): string {
  return join(directories.stateHome, "logs", fleetName);
}
