/** The command line of the official suite. */
import { officialTests } from "../../test/conformance/catalog.ts";
import type { Installation } from "./installation.ts";
import type { Options } from "./options.ts";
import { modes, profiles } from "./options.ts";

/** The implementation as the report names it. */
const implementation = {
  organization: "envoyproxy",
  project: "envoy-gateway",
  url: "https://github.com/envoyproxy/gateway",
  contact: "https://github.com/envoyproxy/gateway/blob/main/GOVERNANCE.md",
} as const;

/** What a run is about, besides the options. */
export interface Target {
  readonly gatewayClass: string;
  readonly installation: Installation;
  /** Of the local cluster, where it is one. */
  readonly addresses: { readonly usable: string; readonly unusable: string } | undefined;
  /** File for the official report. */
  readonly report: string;
}

/**
 * Arguments of the suite. What is tested is what the GatewayClass claims in its status, unless tests are named or only those of the
 * core are wanted: only without `--supported-features` and its like does the suite ask the GatewayClass.
 */
export function suiteArguments(options: Options, target: Target): string[] {
  const { installation, addresses } = target;
  const usable = options.usableAddress ?? addresses?.usable;
  const unusable = options.unusableAddress ?? addresses?.unusable;
  return [
    // The form that tools read tells of each test when it ends, not when all have.
    "-test.v=test2json",
    `-test.timeout=${options.timeout}`,
    `-test.run=${["^TestConformance$", ...namesPattern(options.run)].join("/")}`,
    `--gateway-class=${target.gatewayClass}`,
    `--conformance-profiles=${options.profiles.join()}`,
    ...featureArguments(options),
    ...(options.skip.length > 0 ? [`--skip-tests=${options.skip.join()}`] : []),
    ...(usable ? [`--usable-address=${usable}`] : []),
    ...(unusable ? [`--unusable-address=${unusable}`] : []),
    // Clearing away is no part of what is tested: a namespace full of Envoys may take its time on a busy machine.
    "--timeout-config-overrides=DeleteTimeout:180",
    `--report-output=${target.report}`,
    ...Object.entries(implementation).map(([name, value]) => `--${name}=${value}`),
    `--version=${options.version ?? installation.version}`,
    `--mode=${modes[installation.mode]}`,
  ];
}

/** Names of the gateway tests that must run with a claim, sorted. */
export function expectedTests(options: Options, claim: readonly string[]): string[] {
  const names =
    options.run.length > 0 ? options.run : namesFor(options.suite === "core" ? coreFeatures(options) : claim);
  const skipped = new Set(options.skip);
  return names.filter((name) => !skipped.has(name)).sort();
}

/** Features that are core in one of the chosen profiles. */
export function coreFeatures(options: Options): string[] {
  return [...new Set(options.profiles.flatMap((name) => profiles[name] ?? []))];
}

function featureArguments(options: Options): string[] {
  if (options.run.length > 0) return [`--supported-features=${featuresOf(options.run).join()}`];
  return options.suite === "core" ? [`--supported-features=${coreFeatures(options).join()}`] : [];
}

function featuresOf(tests: readonly string[]): string[] {
  return [...new Set(["Gateway", ...tests.flatMap((name) => officialTests[name] ?? [])])];
}

function namesPattern(names: readonly string[]): string[] {
  return names.length === 0 ? [] : [`^(${names.join("|")})$`];
}

function namesFor(claim: readonly string[]): string[] {
  const claimed = new Set(claim);
  const isRun = ([, features]: [string, readonly string[]]): boolean => features.every((name) => claimed.has(name));
  return Object.entries(officialTests)
    .filter(isRun)
    .map(([name]) => name);
}
