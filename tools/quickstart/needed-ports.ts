import type { NeededPort } from "./ports.ts";
import { examplePorts, type QuickstartPorts } from "./workspace.ts";

/** Every port of the quickstart, and the flags of `envoy-gateway server` that set those of the control plane. */
export interface PortPlan extends QuickstartPorts {
  readonly needed: readonly NeededPort[];
  /** Port of the admin server. */
  readonly admin: number;
  /** Port of the gateway's health checks. */
  readonly health: number;
  readonly serverFlags: readonly string[];
}

const controlPorts = [
  { variable: "XDS_PORT", usual: 18000, use: "the server that Envoy gets its configuration from", flag: "--xds-port" },
  { variable: "ADMIN_PORT", usual: 19000, use: "the admin server", flag: "--admin-port" },
  { variable: "METRICS_PORT", usual: 19001, use: "metrics", flag: "--metrics-port" },
  { variable: "HEALTH_PORT", usual: 8081, use: "health checks", flag: "--health-port" },
] as const;

/**
 * Ports from variables of the environment (`PORT`, `BACKEND_PORT`, `XDS_PORT`, `ADMIN_PORT`, `METRICS_PORT`, `HEALTH_PORT`), or the usual
 * ones. Throws a sentence when a variable is no port.
 */
export function planPorts(env: Readonly<Record<string, string | undefined>>): PortPlan {
  const needed: NeededPort[] = [];
  const take = (variable: string, usual: number, use: string): number => {
    const text = env[variable] || String(usual);
    const port = /^[0-9]{1,5}$/.test(text) ? Number(text) : 0;
    if (port < 1 || port > 65_535) throw new Error(`${variable}=${text} is no port; give a number from 1 to 65535.`);
    const twin = needed.find((other) => other.port === port);
    if (twin)
      throw new Error(`port ${port} is to serve for both ${twin.use} and ${use}; choose another with ${variable}.`);
    needed.push({ port, use, otherwise: `End it, or choose another port: make quickstart ${variable}=${port + 1000}` });
    return port;
  };
  const requests = take("PORT", examplePorts.requests, "requests");
  const backend = take("BACKEND_PORT", examplePorts.backend, "the echo backend");
  const control = controlPorts.map(({ variable, usual, use, flag }) => ({
    flag,
    usual,
    port: take(variable, usual, use),
  }));
  const serverFlags = control.flatMap(({ flag, usual, port }) => (port === usual ? [] : [flag, String(port)]));
  const portOf = (wanted: (typeof controlPorts)[number]["flag"]): number =>
    control.find(({ flag }) => flag === wanted)?.port ?? 0;
  return { requests, backend, admin: portOf("--admin-port"), health: portOf("--health-port"), needed, serverFlags };
}
