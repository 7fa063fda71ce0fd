import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { root } from "../lint/check.ts";
import { helmIsBuilt, helmProgram } from "./helm.ts";
import { valuesSchema } from "./values-schema.ts";

/** Without Go, and without a Helm that is built or named, there is none to ask. */
const hasHelm = helmIsBuilt() || spawnSync("go", ["version"]).status === 0;

let folder: string;
let chart: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "values-schema-"));
  chart = join(folder, "gateway-helm");
  cpSync(join(root, "charts/gateway-helm"), chart, { recursive: true });
  writeFileSync(join(chart, "values.schema.json"), JSON.stringify(valuesSchema(chart)));
  if (hasHelm) helmProgram();
}, 900_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What Helm says to these values, and whether it takes them. */
function helm(command: readonly string[], values: object): { isTaken: boolean; text: string } {
  const file = join(folder, "values.yaml");
  writeFileSync(file, stringify(values));
  const [name = "", ...further] = command;
  const { status, stdout, stderr } = spawnSync(helmProgram(), [name, "eg", chart, "--values", file, ...further], {
    encoding: "utf8",
    env: { ...process.env, KUBECONFIG: join(folder, "none") },
  });
  return { isTaken: status === 0, text: `${stdout}${stderr}` };
}

/** `value` at a dotted path. */
function at(path: string, value: unknown): object {
  return path.split(".").reduceRight<unknown>((inner, name) => ({ [name]: inner }), value) as object;
}

test.skipIf(!hasHelm)("the chart's own values are taken", () => {
  expect(helm(["template"], {})).toMatchObject({ isTaken: true });
});

describe.skipIf(!hasHelm)("values that are taken", () => {
  test.each<[string, unknown]>([
    ["commonLabels", { team: "edge" }],
    ["deployment.priorityClassName", "system-cluster-critical"],
    ["deployment.replicas", 2],
    ["deployment.envoyGateway.resources", { limits: { cpu: "500m" } }],
    ["deployment.envoyGateway.extraEnv", [{ name: "A", value: "b" }]],
    ["deployment.pod.affinity", { nodeAffinity: {} }],
    ["podDisruptionBudget.minAvailable", "50%"],
    ["podDisruptionBudget.maxUnavailable", 1],
    ["service.type", "LoadBalancer"],
    ["config.envoyGateway.logging.level.default", "debug"],
    ["config.envoyGateway.provider.kubernetes.deploy.type", "GatewayNamespace"],
    ["config.envoyGateway.provider.kubernetes.leaderElection.leaseDuration", "15s"],
    ["global.ofAnotherChart", true],
  ])("%s", (path, value) => {
    expect(helm(["template"], at(path, value))).toMatchObject({ isTaken: true });
  });
});

describe.skipIf(!hasHelm)("values that are refused by name", () => {
  test.each<[string, unknown, string]>([
    ["deploymint", {}, "deploymint"],
    ["deployment.envoyGateway.imagePulPolicy", "Always", "imagePulPolicy"],
    ["deployment.envoyGateway.image.tag", 7, "tag"],
    ["deployment.replicas", "two", "replicas"],
    ["deployment.pod.tolerations", {}, "tolerations"],
    ["deployment.envoyGateway.imagePullPolicy", "Sometimes", "imagePullPolicy"],
    ["service.type", "External", "type"],
    ["config.envoyGateway.loging", {}, "loging"],
    ["config.envoyGateway.logging.level.default", "loud", "default"],
    ["config.envoyGateway.provider.type", "Nomad", "type"],
    ["hpa.enabeld", true, "enabeld"],
  ])("%s: %j", (path, value, name) => {
    const { isTaken, text } = helm(["template"], at(path, value));
    expect(isTaken).toBe(false);
    expect(text).toMatch(new RegExp(`schema[\\s\\S]*\\b${name}\\b`));
  });
});

test.skipIf(!hasHelm)(
  "values of the original's chart that have no effect are taken, and named only where they ask for something else",
  () => {
    const values = {
      global: { imageRegistry: "registry.test", images: { envoyGateway: { image: "registry.test/gateway:1" } } },
      crds: { enabled: true },
      hpa: { enabled: false, minReplicas: 1, maxReplicas: 1, metrics: [], behavior: {} },
      topologyInjector: { enabled: true },
      deployment: { envoyGateway: { wasmCacheVolume: { emptyDir: {} } } },
    };
    const { isTaken, text } = helm(["install", "--dry-run=client"], values);
    expect({ isTaken, text }).toMatchObject({ isTaken: true });
    const [, named = ""] = text.split("Values that have no effect in this chart:");
    expect(named.trim().split(/\s+/)).toEqual([
      "deployment.envoyGateway.wasmCacheVolume",
      "global.imageRegistry",
      "global.images.envoyGateway.image",
      "topologyInjector.enabled",
    ]);
  },
);

test.skipIf(!hasHelm)("nothing is named where all values have an effect", () => {
  const { isTaken, text } = helm(["install", "--dry-run=client"], { deployment: { replicas: 2 } });
  expect({ isTaken, text }).toMatchObject({ isTaken: true });
  expect(text).not.toContain("no effect");
});
