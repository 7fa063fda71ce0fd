import { expect, test } from "vitest";
import { admitValue } from "../../schema/admit.ts";
import { EnvoyGateway } from "./envoygateway.ts";

const header = { apiVersion: "gateway.envoyproxy.io/v1alpha1", kind: "EnvoyGateway" };

function problems(file: object): string[] {
  const { issues } = admitValue(EnvoyGateway, { ...header, ...file });
  return issues
    .filter((issue) => issue.code !== "RulesSkipped")
    .map((issue) => `${issue.path.join(".")}: ${issue.message}`);
}

test("an empty file means a cluster, the usual controller name and the usual ports", () => {
  expect(admitValue(EnvoyGateway, header).object).toEqual({
    ...header,
    gateway: { controllerName: "gateway.envoyproxy.io/gatewayclass-controller" },
    provider: { type: "Kubernetes" },
    logging: { level: { default: "info" } },
    admin: { address: { host: "127.0.0.1", port: 19000 }, enableDumpConfig: false, enablePprof: false },
    telemetry: { metrics: { prometheus: { disable: false } } },
    xdsServer: {},
    extensionApis: { enableEnvoyPatchPolicy: false, enableBackend: false, enableSDSSecretRef: false },
  });
});

test("a standalone gateway needs paths for its files and nothing else", () => {
  const custom = {
    resource: { type: "File", file: { paths: ["./config"] } },
    infrastructure: { type: "Host", host: {} },
  };
  expect(problems({ provider: { type: "Custom", custom } })).toEqual([]);
});

test.each<[reason: string, file: object, path: string]>([
  ["another kind of file", { kind: "EnvoyProxy" }, "kind"],
  ["an unknown provider", { provider: { type: "Consul" } }, "provider.type"],
  [
    "files without a list",
    { provider: { type: "Custom", custom: { resource: { type: "File" } } } },
    "provider.custom.resource",
  ],
  [
    "an empty list of files",
    { provider: { type: "Custom", custom: { resource: { type: "File", file: { paths: [] } } } } },
    "provider.custom.resource.file.paths",
  ],
  [
    "a watch of no namespaces",
    { provider: { type: "Kubernetes", kubernetes: { watch: { type: "Namespaces" } } } },
    "provider.kubernetes.watch",
  ],
  [
    "a lease that others take before its holder gives up",
    { provider: { type: "Kubernetes", kubernetes: { leaderElection: { leaseDuration: "10s" } } } },
    "provider.kubernetes.leaderElection",
  ],
  [
    "a lease that there is no time to renew",
    { provider: { type: "Kubernetes", kubernetes: { leaderElection: { retryPeriod: "10s" } } } },
    "provider.kubernetes.leaderElection",
  ],
  ["an unknown log component", { logging: { level: { router: "debug" } } }, "logging.level"],
  ["an unknown log level", { logging: { level: { default: "loud" } } }, "logging.level.default"],
  [
    "a database without an address",
    { rateLimit: { backend: { type: "Redis", redis: {} } } },
    "rateLimit.backend.redis",
  ],
  ["Lua both on and off", { extensionApis: { enableLua: true, disableLua: true } }, "extensionApis"],
  ["a misspelt field", { extensionApis: { enableBackends: true } }, "extensionApis.enableBackends"],
])("%s is told at its place", (_reason, file, path) => {
  expect(problems(file).map((problem) => problem.split(": ")[0])).toEqual([path]);
});
