/** Runs the official suite against a cluster in which the gateway is installed. */
import { spawn } from "node:child_process";
import { createWriteStream, existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { buildParts, programOf } from "../cluster/build/build.ts";
import { conformanceSuite } from "../cluster/build/parts.ts";
import { root } from "../lint/check.ts";
import { saveReport, summary } from "../test/report.ts";
import { awaitDeletions, cleanUp, createClass, gatewayClass } from "./gateway-class.ts";
import { findInstallation, type Installation, serverOf, staticAddresses } from "./installation.ts";
import { Kubectl } from "./kubectl.ts";
import { readReport, reportsFolder, writeReport } from "./official-report.ts";
import { isComplete, modes, type Options } from "./options.ts";
import { type FinishedTest, OutputReader } from "./output.ts";
import { updatePage } from "./page.ts";
import { coreFeatures, expectedTests, suiteArguments } from "./suite-arguments.ts";
import { failureText, profileTable, testLine } from "./texts.ts";
import { countRun, type Run } from "./verdict.ts";

/** When nothing has ended for this long, a line says what is at work. */
const heartbeatMs = 30_000;

const logsFolder = join(root, ".tools/reports");

/** Runs the suite and tells how it went. Returns the exit code: 0 when everything that had to passed. */
export async function runSuite(options: Options, kubeconfig: string): Promise<number> {
  await buildParts([conformanceSuite]);
  const kubectl = new Kubectl(kubeconfig);
  const installation = findInstallation(kubectl, options.namespace);
  const { mode } = installation;
  if (options.mode !== undefined && options.mode !== mode)
    throw new Error(`the gateway is installed with deploy mode ${mode}, not ${options.mode}`);
  awaitDeletions(kubectl);
  const claim = createClass(kubectl, installation.controllerName, options.namespace);
  try {
    checkClaim(options, claim);
    return await runAgainst(options, { kubectl, kubeconfig, installation, claim });
  } finally {
    cleanUp(kubectl, options.namespace);
  }
}

interface Surroundings {
  readonly kubectl: Kubectl;
  readonly kubeconfig: string;
  readonly installation: Installation;
  readonly claim: readonly string[];
}

async function runAgainst(
  options: Options,
  { kubectl, kubeconfig, installation, claim }: Surroundings,
): Promise<number> {
  const mode = modes[installation.mode];
  mkdirSync(logsFolder, { recursive: true });
  const report = join(logsFolder, `conformance-${mode}.yaml`);
  const log = join(logsFolder, `conformance-${mode}.log`);
  rmSync(report, { force: true });
  const addresses = staticAddresses(serverOf(kubectl));
  const args = suiteArguments(options, { gatewayClass, installation, addresses, report });
  const expected = expectedTests(options, claim);
  say(`${expected.length} tests with ${installation.version}, mode ${mode}; everything the suite says is in ${log}`);
  const run: Run = { expected, ...(await follow(args, kubeconfig, log, new Set(expected))) };
  const official = readReport(report);
  if (official) writeReport(report, official);
  if (official && isComplete(options)) {
    writeReport(join(reportsFolder, `${mode}.yaml`), official);
    updatePage();
  }
  const failures = failureText(run);
  if (failures !== "") process.stdout.write(`${failures}\n`);
  if (official && options.run.length === 0) process.stdout.write(`\n${profileTable(official)}\n\n`);
  const counts = countRun(run);
  saveReport(`conformance-${mode}`, counts);
  process.stdout.write(`${summary(counts)}\n`);
  return counts.failed === 0 ? 0 : 1;
}

/** Runs the suite to its end, with a line for each test that ends. */
async function follow(
  args: readonly string[],
  kubeconfig: string,
  log: string,
  expected: ReadonlySet<string>,
): Promise<{ tests: FinishedTest[]; exitCode: number }> {
  const reader = new OutputReader();
  const tests: FinishedTest[] = [];
  const raw = createWriteStream(log);
  const start = performance.now();
  const child = spawn(programOf(conformanceSuite, "conformance.test"), args, {
    env: { ...process.env, KUBECONFIG: kubeconfig },
    stdio: ["ignore", "pipe", "pipe"],
  });
  child.stderr.pipe(raw, { end: false });
  const stop = (): void => void child.kill("SIGINT");
  process.once("SIGINT", stop).once("SIGTERM", stop);
  let done = 0;
  const heartbeat = setInterval(() => {
    const seconds = Math.round((performance.now() - start) / 1000);
    say(
      `${seconds} s, ${done} of ${expected.size} tests; at work: ${reader.unfinished.slice(0, 5).join(", ") || "set-up"}`,
    );
  }, heartbeatMs);
  const lines = createInterface({ input: child.stdout });
  lines.on("line", (line) => {
    raw.write(`${line}\n`);
    const setUp = /Test Setup: (.*)$/.exec(line);
    if (setUp) say(setUp[1] ?? "");
    const test = reader.read(line, performance.now());
    if (!test) return;
    heartbeat.refresh();
    tests.push(test);
    if (expected.has(test.name)) done += 1;
    say(testLine(test, expected.has(test.name) ? `${done} of ${expected.size}` : ""));
  });
  const exitCode = await new Promise<number>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve(code ?? 1));
  });
  clearInterval(heartbeat);
  process.off("SIGINT", stop).off("SIGTERM", stop);
  raw.end();
  say(`ended after ${Math.round((performance.now() - start) / 1000)} s`);
  if (exitCode !== 0 && tests.every(({ result }) => result !== "failed"))
    process.stdout.write(`\nThe suite stopped; last it said:\n${reader.words.join("\n")}\nMore in ${log}\n`);
  return { tests, exitCode };
}

/** The suite adds what is core by itself; a class that does not claim it would not be found out. */
function checkClaim(options: Options, claim: readonly string[]): void {
  const lacking = coreFeatures(options).filter((feature) => !claim.includes(feature));
  if (lacking.length > 0)
    throw new Error(`the GatewayClass does not claim ${lacking.join(", ")} in status.supportedFeatures`);
}

function say(text: string): void {
  process.stdout.write(`conformance: ${text}\n`);
}

/** Path of the kubeconfig that is named, or throws. */
export function existing(kubeconfig: string): string {
  if (!existsSync(kubeconfig))
    throw new Error(
      `there is no ${kubeconfig}: make create-cluster kube-install-image kube-deploy, or name a cluster with KUBECONFIG`,
    );
  return kubeconfig;
}
