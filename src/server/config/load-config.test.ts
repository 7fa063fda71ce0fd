import { describe, expect, test } from "vitest";
import { quantityBytes } from "../../api/quantity.ts";
import { changeOf } from "./change.ts";
import { defaultConfig, loadConfig, parseConfig } from "./load-config.ts";
import { problemLine } from "./problem.ts";

const head = "apiVersion: gateway.envoyproxy.io/v1alpha1\nkind: EnvoyGateway\n";

/** Problems of a configuration as lines. */
function lines(text: string): string[] {
  return parseConfig(`${head}${text}`, "eg.yaml").problems.map(
    (problem) => `${problem.severity}: ${problemLine(problem)}`,
  );
}

describe("a configuration file", () => {
  test("gets the defaults of what it does not say", () => {
    const { config, problems } = parseConfig(head, "eg.yaml");
    expect(problems).toEqual([]);
    expect(config).toEqual(defaultConfig());
    expect(config).toMatchObject({
      gateway: { controllerName: "gateway.envoyproxy.io/gatewayclass-controller" },
      provider: { type: "Kubernetes" },
      admin: { address: { host: "127.0.0.1", port: 19_000 }, enablePprof: false },
      logging: { level: { default: "info" } },
      extensionApis: { enableBackend: false },
    });
  });

  test("with an unknown field is used, and the field is told with what may have been meant", () => {
    expect(lines("extensionApis: { enableBackends: true }\n")).toEqual([
      'warning: eg.yaml:3:18: extensionApis.enableBackends: unknown field; did you mean "enableBackend"?',
    ]);
  });

  test("may have comments and blank lines before its document; lines are those of the file", () => {
    const { problems } = parseConfig(`# a comment\n\n---\n${head}logging: { encoder: Xml }\n`, "eg.yaml");
    expect(problems[0]).toMatchObject({ line: 6, column: 12, field: "logging.encoder" });
  });

  test.each([
    ["gateway: { controllerName: '' }", "gateway.controllerName"],
    ["provider: { type: Nomad }", "provider.type"],
    ["provider: { type: Custom }", "provider"],
    ["provider: { type: Custom, custom: { resource: { type: File } } }", "provider.custom.resource"],
    [
      "provider: { type: Custom, custom: { resource: { type: File, file: { paths: [] } } } }",
      "provider.custom.resource.file.paths",
    ],
    [
      "provider: { type: Custom, custom: { resource: { type: File, file: { paths: [x] } }, infrastructure: { type: Host } } }",
      "provider.custom.infrastructure",
    ],
    [
      "provider: { type: Custom, custom: { resource: { type: File, file: { paths: [x] } }, infrastructure: { type: Remote } } }",
      "provider.custom.infrastructure",
    ],
    ["provider: { type: Kubernetes, kubernetes: { watch: { type: Namespaces } } }", "provider.kubernetes.watch"],
    ["provider: { type: Kubernetes, kubernetes: { watch: { type: NamespaceSelector } } }", "provider.kubernetes.watch"],
    ["logging: { level: { everything: info } }", "logging.level"],
    ["logging: { level: { default: loud } }", "logging.level.default"],
    ["rateLimit: { backend: { type: Memcached } }", "rateLimit.backend.type"],
    ["rateLimit: { backend: { type: Redis, redis: {} } }", "rateLimit.backend.redis"],
    ["rateLimit: { backend: { type: Redis, redis: { url: 'http://' } } }", "rateLimit.backend.redis.url"],
    ["extensionManager: { service: { fqdn: { hostname: a.b, port: 1 } } }", "extensionManager.hooks"],
    ["extensionManager: { hooks: {} }", "extensionManager.service"],
    ["xdsServer: { maxReceiveMessageSize: '0' }", "xdsServer.maxReceiveMessageSize"],
    ["xdsServer: { maxConnectionAge: 0s }", "xdsServer.maxConnectionAge"],
    [
      "telemetry: { metrics: { sinks: [{ type: OpenTelemetry, openTelemetry: { host: a, protocol: udp } }] } }",
      "telemetry.metrics.sinks[0].openTelemetry.protocol",
    ],
    ["extensionApis: { enableLua: true, disableLua: true }", "extensionApis"],
  ])("with %s is refused at that field", (text, field) => {
    const { config, problems } = parseConfig(`${head}${text}\n`, "eg.yaml");
    expect(config).toBeUndefined();
    expect(problems.filter(({ severity }) => severity === "error").map((problem) => problem.field)).toContain(field);
    for (const problem of problems) expect(problem.line).toBeGreaterThanOrEqual(1);
  });

  test.each([
    ["kind: [", "eg.yaml:1:"],
    ["", "eg.yaml: is empty"],
    [`${head}---\n${head}`, "eg.yaml:3: must hold one document only"],
    ["kind: Gateway\n", "eg.yaml:1:"],
  ])("%j is refused", (text, start) => {
    const { config, problems } = parseConfig(text, "eg.yaml");
    expect(config).toBeUndefined();
    expect(problemLine(problems[0] ?? { message: "" })).toContain(start);
  });

  test("that does not exist is a problem", async () => {
    expect((await loadConfig("/nowhere/eg.yaml")).problems).toEqual([
      { severity: "error", file: "/nowhere/eg.yaml", message: "there is no such file" },
    ]);
  });
});

describe("a change of the configuration", () => {
  const base = defaultConfig();

  test("to the same is none", () => {
    expect(changeOf(base, structuredClone(base))).toBeUndefined();
  });

  test.each([
    [
      { logging: { level: { default: "debug" as const } } },
      { fields: ["logging"], needsRestart: false, needsTranslation: false },
    ],
    [
      { extensionApis: { ...base.extensionApis, enableBackend: true } },
      { needsRestart: false, needsTranslation: true },
    ],
    [
      { envoyProxy: { concurrency: 1 } as never },
      { fields: ["envoyProxy"], needsRestart: false, needsTranslation: true },
    ],
    [{ xdsServer: { maxConnectionAge: "1h" as never } }, { needsRestart: true }],
    [{ gateway: { controllerName: "a.b/c" } }, { needsRestart: true }],
    [
      { admin: { ...base.admin, address: { host: "0.0.0.0", port: 1 } } },
      { needsAdminListener: true, needsRestart: false },
    ],
    [{ admin: { ...base.admin, enablePprof: true } }, { needsAdminListener: false, needsRestart: false }],
  ])("%j asks for no more than it needs", (difference, expected) => {
    expect(changeOf(base, { ...base, ...difference })).toMatchObject(expected);
  });
});

test.each([
  ["32Mi", 33_554_432],
  ["1k", 1_000],
  ["1.5Gi", 1_610_612_736],
  [7, 7],
  ["0", 0],
  ["-1", undefined],
  ["5x", undefined],
])("the quantity %s has %s bytes", (quantity, bytes) => {
  expect(quantityBytes(quantity)).toBe(bytes);
});
