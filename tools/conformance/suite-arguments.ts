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
 * Arguments of the suite. What is tested is what the GatewayClass claims in its status, unless tests are named: only without
 * `--supported-features` and its like does the suite ask the GatewayClass. Tests of the core are chosen by name, not by a smaller claim:
 * some of them look for refusals of what is not claimed.
 */
export function suiteArguments(options: Options, target: Target): string[] {
  const { installation, addresses } = target;
  const usable = options.usableAddress ?? addresses?.usable;
  const unusable = options.unusableAddress ?? addresses?.unusable;
  return [
    // The form that tools read tells of each test when it ends, not when all have.
    "-test.v=test2json",
    `-test.timeout=${options.timeout}`,
    `-test.run=${["^TestConformance$", ...namesPattern(chosenTests(options))].join("/")}`,
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
  const chosen = chosenTests(options);
  const names = chosen.length > 0 ? chosen : namesFor(claim);
  const skipped = new Set(options.skip);
  return names.filter((name) => !skipped.has(name)).sort();
}

/** Features that are core in one of the chosen profiles. */
export function coreFeatures(options: Options): string[] {
  return [...new Set(options.profiles.flatMap((name) => profiles[name] ?? []))];
}

function featureArguments(options: Options): string[] {
  return options.run.length > 0 ? [`--supported-features=${featuresOf(options.run).join()}`] : [];
}

/** Tests by name; none: all of the claim. */
function chosenTests(options: Options): readonly string[] {
  if (options.run.length > 0) return options.run;
  return options.suite === "core" ? namesFor(coreFeatures(options)) : [];
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
