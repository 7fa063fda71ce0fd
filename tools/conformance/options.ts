/** What `make run-conformance` and `make conformance` are told, in environment variables as make hands them on. */
import { officialTests } from "../../test/conformance/catalog.ts";

/** Deploy modes of Envoy Gateway, with the name each has in official reports. */
export const modes = { ControllerNamespace: "default", GatewayNamespace: "gateway-namespace-mode" } as const;

export type DeployMode = keyof typeof modes;

/** Profiles of gateways, with the features that are core in each. */
export const profiles: Readonly<Record<string, readonly string[]>> = {
  "GATEWAY-HTTP": ["Gateway", "ReferenceGrant", "HTTPRoute"],
  "GATEWAY-GRPC": ["Gateway", "ReferenceGrant", "GRPCRoute"],
  "GATEWAY-TLS": ["Gateway", "ReferenceGrant", "TLSRoute"],
  "GATEWAY-TCP": ["Gateway", "ReferenceGrant", "TCPRoute"],
  "GATEWAY-UDP": ["Gateway", "ReferenceGrant", "UDPRoute"],
};

export interface Options {
  /** `all` runs what the GatewayClass claims; `core` only what every implementation of the profiles must do. */
  readonly suite: "all" | "core";
  /** How the gateway is to be installed, or must be; undefined: as it is. */
  readonly mode: DeployMode | undefined;
  readonly profiles: readonly string[];
  /** Names of the tests to run, claimed or not; all others are left out. Empty: all that are claimed. */
  readonly run: readonly string[];
  /** Names of tests to leave out. */
  readonly skip: readonly string[];
  /** After this the suite gives up, in Go's form (`60m`). */
  readonly timeout: string;
  /** The control plane's namespace. */
  readonly namespace: string;
  /** An address that a Gateway can be given, and one that it cannot; by default those of the local cluster. */
  readonly usableAddress: string | undefined;
  readonly unusableAddress: string | undefined;
  /** Version for the report; by default that of the image that runs. */
  readonly version: string | undefined;
}

/** The options, or what is wrong with them. An empty variable is as good as none. */
export function parseOptions(environment: NodeJS.ProcessEnv): Options | { readonly error: string } {
  const value = (name: string): string | undefined => environment[name] || undefined;
  const suite = value("SUITE") ?? "all";
  if (suite !== "all" && suite !== "core") return { error: `SUITE is all or core, not ${suite}` };
  const mode = value("MODE");
  if (mode !== undefined && !isMode(mode))
    return { error: `MODE is one of ${Object.keys(modes).join(", ")}, not ${mode}` };
  const wanted = listOf(value("PROFILES")).map((name) => (name.startsWith("GATEWAY-") ? name : `GATEWAY-${name}`));
  const unknown = wanted.find((name) => !Object.hasOwn(profiles, name));
  if (unknown !== undefined)
    return { error: `PROFILES are of ${Object.keys(profiles).join(", ")}; there is no ${unknown}` };
  const run = listOf(value("RUN"));
  const unheardOf = [...run, ...listOf(value("SKIP"))].find((name) => !Object.hasOwn(officialTests, name));
  if (unheardOf !== undefined)
    return { error: `the suite has no gateway test ${unheardOf}; RUN and SKIP take its short names` };
  const timeout = value("TIMEOUT") ?? "60m";
  if (!/^(\d+[hms])+$/.test(timeout)) return { error: `TIMEOUT is a duration such as 90m, not ${timeout}` };
  return {
    suite,
    mode,
    profiles: wanted.length > 0 ? wanted : Object.keys(profiles),
    run,
    skip: listOf(value("SKIP")),
    timeout,
    namespace: value("NAMESPACE") ?? "envoy-gateway-system",
    usableAddress: value("USABLE_ADDRESS"),
    unusableAddress: value("UNUSABLE_ADDRESS"),
    version: value("VERSION"),
  };
}

/** Whether the run covers everything, so that its report is the project's. */
export function isComplete({ suite, run, skip, profiles: chosen }: Options): boolean {
  return suite === "all" && run.length === 0 && skip.length === 0 && chosen.length === Object.keys(profiles).length;
}

function isMode(text: string): text is DeployMode {
  return Object.hasOwn(modes, text);
}

function listOf(text: string | undefined): string[] {
  return (text ?? "").split(/[\s,]+/).filter((name) => name !== "");
}
