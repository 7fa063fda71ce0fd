import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { inClusterConfig, loadKubeConfig } from "./config.ts";

const directory = mkdtempSync(join(tmpdir(), "kube-config-"));
afterAll(() => rmSync(directory, { recursive: true }));

const base64 = (text: string): string => Buffer.from(text).toString("base64");
const path = join(directory, "config");
writeFileSync(join(directory, "ca.crt"), "authority");
writeFileSync(
  path,
  `apiVersion: v1
kind: Config
current-context: one
clusters:
- {name: here, cluster: {server: "https://10.0.0.1:6443/", certificate-authority: ca.crt}}
- {name: there, cluster: {server: "https://there:6443", insecure-skip-tls-verify: true, tls-server-name: kubernetes}}
users:
- {name: admin, user: {client-certificate-data: ${base64("certificate")}, client-key-data: ${base64("key")}}}
- {name: robot, user: {token: secret}}
- {name: plugin, user: {exec: {command: /not/there/login, installHint: Install it.}}}
- {name: asked, user: {exec: {command: ${process.execPath}, args: [${join(directory, "login.mjs")}], env: [{name: REALM, value: shop}]}}}
- {name: old, user: {auth-provider: {name: gcp}}}
contexts:
- {name: one, context: {cluster: here, user: admin}}
- {name: two, context: {cluster: there, user: robot, namespace: shop}}
- {name: three, context: {cluster: there, user: plugin}}
- {name: six, context: {cluster: there, user: asked}}
- {name: seven, context: {cluster: there, user: old}}
- {name: four, context: {cluster: nowhere, user: robot}}
`,
);

test("the current context names server, authority and client certificate", () => {
  expect(loadKubeConfig({ env: { KUBECONFIG: `/not/there:${path}` } })).toMatchObject({
    server: "https://10.0.0.1:6443",
    ca: "authority",
    certificate: "certificate",
    key: "key",
    isInsecure: false,
    namespace: "default",
  });
});

test("another context can be chosen", () => {
  const config = loadKubeConfig({ env: {}, path, context: "two" });
  expect(config).toMatchObject({
    server: "https://there:6443",
    isInsecure: true,
    serverName: "kubernetes",
    namespace: "shop",
  });
  expect(config.token?.()).toBe("secret");
});

test("what is missing or not supported is said", () => {
  const load = (context: string) => () => loadKubeConfig({ env: {}, path, context });
  expect(load("five")).toThrow(`${path} has no context "five".`);
  expect(load("four")).toThrow(`${path} has no cluster "nowhere".`);
  expect(load("three")).toThrow("/not/there/login cannot be run: spawnSync /not/there/login ENOENT. Install it.");
  expect(load("seven")).toThrow("use exec or a token");
  expect(() => loadKubeConfig({ env: { KUBECONFIG: "/not/there" } })).toThrow("KUBECONFIG names no file that exists");
  expect(() => loadKubeConfig({ env: { HOME: directory } })).toThrow("No cluster is configured");
});

test("a pod uses its service account, whose token may change", () => {
  for (const [file, content] of Object.entries({ "ca.crt": "ca", token: "first\n", namespace: "shop" })) {
    writeFileSync(join(directory, file), content);
  }
  const config = inClusterConfig({ KUBERNETES_SERVICE_HOST: "fd00::1", KUBERNETES_SERVICE_PORT: "443" }, directory);
  expect(config).toMatchObject({ server: "https://[fd00::1]:443", ca: "ca", namespace: "shop" });
  expect(config.token?.()).toBe("first");
  writeFileSync(join(directory, "token"), "second");
  expect(config.token?.()).toBe("second");
});

test("a credential plugin is asked, and asked again when what it gave has run out", () => {
  const plugin = `import { appendFileSync, readFileSync } from "node:fs";
    appendFileSync("${join(directory, "asked")}", ".");
    const times = readFileSync("${join(directory, "asked")}", "utf8").length;
    const { kind } = JSON.parse(process.env.KUBERNETES_EXEC_INFO);
    const expirationTimestamp = times === 1 ? "2020-01-01T00:00:00Z" : undefined;
    const token = [process.env.REALM, kind, times].join("-");
    console.log(JSON.stringify({ kind, status: { token, expirationTimestamp } }));`;
  writeFileSync(join(directory, "login.mjs"), plugin);
  const config = loadKubeConfig({ env: {}, path, context: "six" });
  expect([config.token?.(), config.token?.()]).toEqual(["shop-ExecCredential-2", "shop-ExecCredential-2"]);
});

test("a plugin that writes something else is told of", () => {
  writeFileSync(join(directory, "login.mjs"), 'console.log("hello")');
  expect(() => loadKubeConfig({ env: {}, path, context: "six" })).toThrow("has written no ExecCredential");
});

test.each([
  ["as: jane", "", 'acting as another user ("as")'],
  ["as-groups: [admins]", "", 'acting as another user ("as-groups")'],
  ["as-uid: '7'", "", 'acting as another user ("as-uid")'],
  ["as-user-extra: {a: [b]}", "", 'acting as another user ("as-user-extra")'],
  ["token: secret", "proxy-url: 'http://proxy:3128', ", 'a proxy ("proxy-url")'],
])("what would ask as another user or by another way is refused: %s %s", (user, cluster, message) => {
  const file = join(directory, "refused");
  writeFileSync(
    file,
    `current-context: a
clusters: [{name: a, cluster: {${cluster}server: "https://a"}}]
users: [{name: a, user: {${user}}}]
contexts: [{name: a, context: {cluster: a, user: a}}]
`,
  );
  expect(() => loadKubeConfig({ env: {}, path: file })).toThrow(`${file}: ${message} is not supported`);
});
