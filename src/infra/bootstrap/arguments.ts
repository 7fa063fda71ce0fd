import { durationMs } from "../../api/duration.ts";
import type { FleetSpec } from "../fleet.ts";
import { canonicalJson, type JsonObject } from "./json.ts";

export interface ArgumentOptions {
  readonly fleet: FleetSpec;
  readonly bootstrap: JsonObject;
  /** File into which Envoy writes the address of its admin interface; absent: none. */
  readonly adminAddressPath?: string | undefined;
  /** Envoy's `node.id`. Default: the fleet's name. */
  readonly nodeId?: string | undefined;
  /** Whether the process may be followed by another one that takes over its sockets. Default: true. */
  readonly isReplaceable?: boolean | undefined;
  /** How long connections of a replaced Envoy may go on. Default: 60 s, or `shutdown.drainTimeout`. */
  readonly drainTimeoutMs?: number | undefined;
}

/**
 * Envoy's command line, without what numbers a process among its successors (`--base-id`, `--restart-epoch`). The same input gives
 * the same arguments: they tell whether a running Envoy still is what is wanted.
 *
 * Against the original, `--cpuset-threads` is missing: Envoy does that by itself and warns when it is told to.
 * An option in `extraArgs` takes the place of ours, since Envoy refuses to be given one twice.
 */
export function envoyArguments(options: ArgumentOptions): string[] {
  const { fleet } = options;
  const proxy = fleet.envoyProxy;
  const extra = proxy?.extraArgs ?? [];
  const levels = proxy?.logging?.level ?? {};
  const components = Object.keys(levels)
    .filter((component) => component !== "default")
    .sort()
    .map((component) => `${component}:${levels[component]}`);
  const drainMs = durationMs(proxy?.shutdown?.drainTimeout) ?? options.drainTimeoutMs ?? 60_000;
  const drainSeconds = Math.max(1, Math.ceil(drainMs / 1_000));

  const settings: readonly (readonly [option: string, value: string])[] = [
    ["--service-cluster", fleet.key],
    ["--service-node", options.nodeId ?? fleet.name],
    ["--config-yaml", canonicalJson(options.bootstrap)],
    ["--log-level", levels.default ?? "warn"],
    ["--drain-strategy", "immediate"],
    ...(proxy?.concurrency ? [["--concurrency", `${proxy.concurrency}`] as const] : []),
    ["--component-log-level", components.length > 0 ? components.join(",") : "misc:error"],
    ["--drain-time-s", String(drainSeconds)],
    ...(options.isReplaceable === false ? [] : [["--parent-shutdown-time-s", String(drainSeconds + 5)] as const]),
    ...(options.adminAddressPath === undefined ? [] : [["--admin-address-path", options.adminAddressPath] as const]),
  ];
  const ours = settings.filter(([option]) => !overrides(extra, option));
  return [...ours.flat(), ...extra];
}

/** The short forms Envoy knows for options of ours. */
const shortForms: Readonly<Record<string, string>> = { "--log-level": "-l" };

function overrides(extra: readonly string[], option: string): boolean {
  const short = shortForms[option];
  return extra.some((argument) => argument === option || argument.startsWith(`${option}=`) || argument === short);
}
