import type { ControlPlane } from "../control-plane.ts";
import { versionInfo } from "../version.ts";
import type { AdminContext } from "./context.ts";

/** Version, age and platform. `goVersion` is there for those who read it of the original; it names Node's version, too. */
export function describeInfo({ startedAt, clock }: AdminContext): object {
  const now = clock();
  return {
    version: versionInfo.envoyGatewayVersion,
    gatewayAPIVersion: versionInfo.gatewayAPIVersion,
    envoyProxyVersion: versionInfo.envoyProxyVersion,
    gitCommitID: versionInfo.gitCommitID,
    startTime: startedAt.toISOString(),
    uptime: uptime(startedAt, now),
    goVersion: `node ${versionInfo.nodeVersion}`,
    nodeVersion: versionInfo.nodeVersion,
    platform: `${process.platform}/${process.arch}`,
    pid: process.pid,
    timestamp: now.toISOString(),
  };
}

/** State of the parts, and the configuration in effect. */
export function describeServer(context: AdminContext): object {
  const { startedAt, clock, config, ports } = context;
  const now = clock();
  const components = componentsOf(context.plane());
  return {
    state: components.every(({ status }) => status === "Running") ? "Running" : "Degraded",
    version: versionInfo.envoyGatewayVersion,
    uptime: uptime(startedAt, now),
    ports: ports(),
    components,
    envoyGatewayConfig: config(),
    lastUpdated: now.toISOString(),
  };
}

interface Component {
  readonly name: string;
  readonly status: "Running" | "Starting" | "Degraded";
  readonly message: string;
}

/** The parts of the control plane, and how they are. */
export function componentsOf(plane: ControlPlane | undefined): readonly Component[] {
  const isLoaded = plane?.controller.isLoaded === true;
  const errors = plane?.report.problems.filter(({ severity }) => severity === "error").length ?? 0;
  const failures = plane?.controller.translation.graph.failures().length ?? 0;
  const fleets = plane?.infrastructure?.statuses() ?? [];
  const serving = fleets.filter(({ state }) => state === "serving").length;
  const streams = plane?.xds.streams().length ?? 0;
  const part = (name: string, isWell: boolean, message: string): Component => ({
    name,
    status: isWell ? "Running" : isLoaded ? "Degraded" : "Starting",
    message,
  });
  return [
    part("provider", isLoaded, isLoaded ? `objects are read; ${errors} errors in them` : "objects are being read"),
    part("gateway-api", isLoaded && failures === 0, `${failures} objects failed because of mistakes of this program`),
    part("xds", isLoaded, `${streams} streams of Envoys`),
    part("infrastructure", isLoaded && serving === fleets.length, `${serving} of ${fleets.length} fleets serve`),
  ];
}

/** Time between two dates, as `1h2m3s`. */
export function uptime(since: Date, now: Date): string {
  const seconds = Math.max(0, Math.round((now.getTime() - since.getTime()) / 1_000));
  const hours = Math.floor(seconds / 3_600);
  const minutes = Math.floor((seconds % 3_600) / 60);
  return `${hours > 0 ? `${hours}h` : ""}${hours > 0 || minutes > 0 ? `${minutes}m` : ""}${seconds % 60}s`;
}
