import type { AccessLog } from "../../gen/envoy/config/accesslog/v3/accesslog_pb.js";
import { type ProxySettings, telemetryFields } from "../gateways/proxy-settings.ts";
import { logFilter } from "./access-log-filter.ts";
import { logFormat } from "./access-log-format.ts";
import { alsLog, fileLog, openTelemetryLog } from "./access-log-sinks.ts";

/** Where an access log is attached: to requests, to a listener's connections that matched no filter chain, or to the router's attempts at backends. */
export type AccessLogPlace = "requests" | "connections" | "attempts";

const placesOfTypes = { Listener: "connections", Route: "requests", Upstream: "attempts" } as const;

/**
 * Access logs for one place: those of `telemetry.accessLog`, the default when nothing is said, none when disabled. A setting without a
 * type logs requests, and of connections only those that no filter chain took. Sinks whose backend was not found are left out.
 */
export function accessLogs(proxy: ProxySettings, place: AccessLogPlace): AccessLog[] {
  const wanted = proxy.telemetry?.accessLog;
  if (wanted?.disable) return [];
  const settings: NonNullable<typeof wanted>["settings"] = wanted?.settings ?? [{ sinks: [{ file: {} }] }];
  return settings.flatMap(({ type, format, sinks, matches = [] }, i) => {
    const isWanted = type === undefined ? place !== "attempts" : placesOfTypes[type] === place;
    if (!isWanted) return [];
    const flags = type === undefined && place === "connections" ? ["NR"] : [];
    const filter = logFilter(matches, flags);
    const target = (sink: number, kind: "als" | "openTelemetry") =>
      proxy.telemetrySetup?.targets[telemetryFields.accessLog(i, sink, kind)];
    return sinks.flatMap(({ file, als, openTelemetry }, j) => {
      const line = logFormat(format);
      if (file) return fileLog(file.path ?? "/dev/stdout", line, filter);
      const service = target(j, als ? "als" : "openTelemetry");
      if (!service) return [];
      if (als) {
        const logName = als.logName ?? proxy.telemetrySetup?.logName ?? "";
        return alsLog({ ...als, logName }, service, format ? line : {}, filter);
      }
      return openTelemetry ? openTelemetryLog(openTelemetry, service, line, filter) : [];
    });
  });
}
