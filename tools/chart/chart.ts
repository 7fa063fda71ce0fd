/**
 * Makes what people install: `package` the chart as bin/charts/gateway-helm-<version>.tgz, `manifest` the files of a release,
 * release/install.yaml and release/quickstart.yaml, `deploy` and `undeploy` the chart in the cluster of the current context.
 */
import { copyFileSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { root } from "../lint/check.ts";
import { gatewayAPICRDs, ownCRDs } from "./crds.ts";
import { helm, helmProgram, helmRunning } from "./helm.ts";
import { watchPods } from "./pod-watch.ts";
import { valuesSchema } from "./values-schema.ts";

const namespace = "envoy-gateway-system";
const release = "eg";

/** Image and tag as `make` knows them; those of the chart where they are not given. */
const image = process.env["IMAGE"];
const tag = process.env["TAG"];

/** The chart with everything that is not committed: CRDs, schema of the values, version, image. Returns its folder. */
function stage(): string {
  const folder = join(root, ".tools/chart/gateway-helm");
  rmSync(folder, { recursive: true, force: true });
  cpSync(join(root, "charts/gateway-helm"), folder, { recursive: true });
  mkdirSync(join(folder, "crds"));
  for (const [file, text] of [...ownCRDs(), ...gatewayAPICRDs()]) writeFileSync(join(folder, "crds", file), text);
  writeFileSync(join(folder, "values.schema.json"), JSON.stringify(valuesSchema(folder)));
  const path = join(folder, "Chart.yaml");
  const chart = parse(readFileSync(path, "utf8")) as Record<string, unknown>;
  const version = process.env["CHART_VERSION"];
  writeFileSync(path, stringify({ ...chart, ...(version && { version }), ...(tag && { appVersion: tag }) }));
  return folder;
}

function imageValues(): string[] {
  return [
    ...(image ? ["--set-string", `deployment.envoyGateway.image.repository=${image}`] : []),
    ...(tag ? ["--set-string", `deployment.envoyGateway.image.tag=${tag}`] : []),
  ];
}

function packageChart(): void {
  const target = join(root, "bin/charts");
  mkdirSync(target, { recursive: true });
  helm(["package", stage(), "--destination", target], "inherit");
}

function writeManifest(): void {
  const target = join(root, "release");
  mkdirSync(target, { recursive: true });
  const values = ["--set", "createNamespace=true", ...imageValues()];
  const text = helm(["template", release, stage(), "--namespace", namespace, "--include-crds", ...values]);
  writeFileSync(join(target, "install.yaml"), namespaceFirst(text));
  copyFileSync(join(root, "examples/kubernetes/quickstart.yaml"), join(target, "quickstart.yaml"));
  process.stdout.write("release/install.yaml\nrelease/quickstart.yaml\n");
}

/** Helm writes hooks last; as plain manifests they are applied in order, and all need the namespace. */
function namespaceFirst(text: string): string {
  const documents = text.split(/^---\n/m).filter((document) => document.trim() !== "");
  const isNamespace = (document: string): boolean => /^kind: Namespace$/m.test(document);
  return [...documents.filter(isNamespace), ...documents.filter((document) => !isNamespace(document))]
    .map((document) => `---\n${document}`)
    .join("");
}

/** Installs or upgrades; tells how the pods start, and ends at once when one cannot. */
async function deploy(): Promise<void> {
  const policy = process.env["IMAGE_PULL_POLICY"];
  const further = (process.env["HELM_ARGS"] ?? "").split(/\s+/).filter((word) => word !== "");
  const pull = policy ? ["--set", `deployment.envoyGateway.imagePullPolicy=${policy}`] : [];
  const values = [...imageValues(), ...pull, ...further];
  const place = ["--namespace", namespace, "--create-namespace"];
  const chart = stage();
  helmProgram();
  const [stopHelm, stopWatch] = [new AbortController(), new AbortController()];
  const write = (line: string): void => void process.stdout.write(`${line}\n`);
  write(`installing ${release} in namespace ${namespace}, image pull policy ${policy || "of the chart"}`);
  const trouble = watchPods(
    namespace,
    (name) => /^(envoy-gateway|eg-gateway-helm-certgen)-/.test(name),
    write,
    stopWatch.signal,
  );
  void trouble.then((text) => text !== undefined && stopHelm.abort());
  const args = ["upgrade", "--install", release, chart, ...place, "--wait", "--timeout", "5m", ...values];
  const failure = await helmRunning(args, stopHelm.signal).then(
    () => undefined,
    (error: unknown) => error,
  );
  stopWatch.abort();
  const reason = await trouble;
  if (failure !== undefined) throw reason === undefined ? failure : new Error(reason);
}

function undeploy(): void {
  helm(["uninstall", release, "--namespace", namespace, "--ignore-not-found", "--wait"], "inherit");
}

const commands: Readonly<Record<string, () => void | Promise<void>>> = {
  package: packageChart,
  manifest: writeManifest,
  deploy,
  undeploy,
};
const [name = ""] = process.argv.slice(2);
const command = commands[name];
if (!command) throw new Error(`say one of ${Object.keys(commands).join(", ")}`);
try {
  await command();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
