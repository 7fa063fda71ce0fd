import { randomUUID } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { certificateDirectory } from "../../certificates/layout.ts";
import type { Address } from "../bootstrap/address.ts";
import { envoyArguments } from "../bootstrap/arguments.ts";
import { buildBootstrap } from "../bootstrap/bootstrap.ts";
import { customizeBootstrap } from "../bootstrap/customize.ts";
import type { JsonObject } from "../bootstrap/json.ts";
import {
  xdsCertificateFile,
  xdsCertificateResource,
  xdsTrustedAuthorityFile,
  xdsTrustedAuthorityResource,
} from "../bootstrap/sds.ts";
import type { XdsTls } from "../bootstrap/xds-cluster.ts";
import type { FleetProblem, FleetSpec } from "../fleet.ts";
import { adminAddressPath, type HostDirectories, privateDirectory } from "./directories.ts";
import { type BinaryResult, findEnvoy } from "./envoy-binary.ts";

/** How Envoys are started on this machine; the same for all fleets. */
export interface LaunchSettings {
  readonly directories: HostDirectories;
  readonly xdsAddress: Address;
  /** Without TLS towards the control plane; for tests. */
  readonly isPlaintext: boolean;
  readonly adminAddress: Address;
  /** Where Envoy's metrics are offered; needs an `adminAddress` with a port other than 0. */
  readonly metricsAddress?: Address | undefined;
  readonly explicitEnvoy?: string | undefined;
  readonly bundledEnvoys: readonly { readonly path: string; readonly version: string }[];
  readonly searchPath: string;
  readonly drainTimeoutMs?: number | undefined;
}

/** What is to be started for a fleet, or why nothing can be. */
export type LaunchPlan =
  | { readonly binary: string; readonly args: readonly string[]; readonly warnings: readonly FleetProblem[] }
  | { readonly problems: readonly FleetProblem[] };

/** Name the control plane's certificate carries on a single machine. */
const serverName = "localhost";

/** Works out the Envoy and the command line for a fleet. Writes the SDS files when they are missing. */
export async function planLaunch(fleet: FleetSpec, settings: LaunchSettings): Promise<LaunchPlan> {
  const warnings: FleetProblem[] = [];
  const [binary, tls] = await Promise.all([findBinary(fleet, settings), xdsTls(settings, warnings)]);
  if ("code" in binary) return { problems: [{ severity: "error", code: binary.code, message: binary.message }] };
  if (binary.warning !== undefined) {
    warnings.push({
      severity: "warning",
      code: "envoy-version",
      message: binary.warning,
      field: "spec.provider.host.envoyVersion",
    });
  }
  const { prometheus, matches } = fleet.envoyProxy?.telemetry?.metrics ?? {};
  const base = buildBootstrap({
    xdsAddress: settings.xdsAddress,
    xdsTls: tls,
    adminAddress: settings.adminAddress,
    statsSinks: fleet.statsSinks,
    statsMatches: matches,
    ...(settings.metricsAddress &&
      settings.adminAddress.port !== 0 &&
      prometheus?.disable !== true && {
        prometheus: {
          address: settings.metricsAddress,
          adminPort: settings.adminAddress.port,
          compression: prometheus?.compression?.type,
        },
      }),
  });
  const custom = await customizeBootstrap(base, fleet.envoyProxy?.bootstrap);
  if ("problems" in custom) return custom;
  const args = envoyArguments({
    fleet,
    bootstrap: custom.bootstrap,
    adminAddressPath: adminAddressPath(settings.directories, fleet.name),
    drainTimeoutMs: settings.drainTimeoutMs,
  });
  return { binary: binary.path, args, warnings };
}

function findBinary(fleet: FleetSpec, settings: LaunchSettings): Promise<BinaryResult> {
  return findEnvoy({
    explicit: settings.explicitEnvoy,
    version: fleet.envoyProxy?.provider?.host?.envoyVersion,
    dataHome: settings.directories.dataHome,
    bundled: settings.bundledEnvoys,
    searchPath: settings.searchPath,
  });
}

/** The SDS files are the same for all fleets. When they cannot be written, Envoy reads the certificates themselves, once. */
async function xdsTls(settings: LaunchSettings, warnings: FleetProblem[]): Promise<XdsTls | undefined> {
  if (settings.isPlaintext) return undefined;
  const { configHome, runtimeDir } = settings.directories;
  const certificates = certificateDirectory(configHome, "envoy");
  const directory = join(runtimeDir, "sds");
  const certificate = join(directory, xdsCertificateFile);
  const trustedAuthorities = join(directory, xdsTrustedAuthorityFile);
  try {
    await privateDirectory(runtimeDir);
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await writeIfDifferent(certificate, xdsCertificateResource(certificates));
    await writeIfDifferent(trustedAuthorities, xdsTrustedAuthorityResource(certificates, serverName));
    return { from: "sds", certificate, trustedAuthorities };
  } catch (error) {
    warnings.push({
      severity: "warning",
      code: "directory-unusable",
      message: `Renewed certificates will need a restart of Envoy, because ${directory} cannot be written: ${error instanceof Error ? error.message : String(error)}`,
    });
    return { from: "files", certificateDirectory: certificates, serverName };
  }
}

async function writeIfDifferent(path: string, content: JsonObject): Promise<void> {
  const text = `${JSON.stringify(content, undefined, 2)}\n`;
  if ((await readFile(path, "utf8").catch(() => undefined)) === text) return;
  // Fleets that start together write the same file; each brings a draft of its own.
  const draft = `${path}.${randomUUID()}`;
  await writeFile(draft, text, { mode: 0o600 });
  await rename(draft, path);
}
