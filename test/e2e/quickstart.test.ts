/** `make quickstart` as a newcomer sees it, from the first line to Ctrl-C; and the examples that can be added while it runs. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { withPorts } from "../../tools/quickstart/workspace.ts";
import { eventually, freePorts, send } from "./harness/index.ts";

const root = join(import.meta.dirname, "../..");
const examples = join(root, "examples");
const state = mkdtempSync(join(tmpdir(), "quickstart-"));
const variables = ["PORT", "BACKEND_PORT", "XDS_PORT", "ADMIN_PORT", "METRICS_PORT", "HEALTH_PORT"] as const;

interface Quickstart {
  readonly process: ChildProcess;
  readonly output: () => string;
  readonly exitCode: Promise<number | null>;
}

function start(environment: Readonly<Record<string, string>>): Quickstart {
  const program = join(root, "tools/quickstart/quickstart.ts");
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", program], {
    env: { ...process.env, ...environment, STATE_DIR: state },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += chunk));
  return { process: child, output: () => output, exitCode: once(child, "close").then(([code]) => code) };
}

const startLimitMs = 60_000;

let port = 0;
let environment: Record<string, string> = {};
let quickstart: Quickstart;

beforeAll(async () => {
  const ports = await freePorts(variables.length);
  environment = Object.fromEntries(variables.map((name, index) => [name, String(ports[index])]));
  port = Number(environment["PORT"]);
  quickstart = start(environment);
  // It starts processes of its own, which takes long where other suites keep the processors busy.
  await eventually(() => expect(quickstart.output()).toContain("Press Ctrl-C to stop"), startLimitMs);
}, 2 * startLimitMs);

afterAll(async () => {
  quickstart.process.kill("SIGINT");
  await quickstart.exitCode;
  rmSync(state, { recursive: true, force: true });
});

const get = (host: string, path: string, headers: Record<string, string> = {}) => send(port, path, { host, headers });
const served = join(state, "standalone");

/** Copies a file of the example as users do, who have the backend on its usual port. */
function add(path: string): void {
  const backend = Number(environment["BACKEND_PORT"]);
  const text = readFileSync(join(examples, "standalone", path), "utf8");
  writeFileSync(join(served, basename(path)), withPorts(text, { requests: port, backend }));
}

test("the first request and its answer are shown, and the same request is answered again", async () => {
  expect(quickstart.output()).toContain(
    `curl -H 'Host: www.example.com' http://localhost:${port}/get\n\n  HTTP/1.1 200\n`,
  );
  const answer = await get("www.example.com", "/get");
  expect(answer.status).toBe(200);
  expect(JSON.parse(answer.body)).toMatchObject({
    path: "/get",
    host: "www.example.com",
    method: "GET",
    pod: "backend",
  });
});

test("a host that no route has gets 404 without a body", async () => {
  const answer = await get("other.example.com", "/get");
  expect([answer.status, answer.body]).toEqual([404, ""]);
});

test("an edit is served and told; a mistake is told and what was served stays", async () => {
  const file = join(served, "www.yaml");
  const text = readFileSync(file, "utf8");
  writeFileSync(file, text.replace("www.example.com\n", "edited.example.com\n"));
  await eventually(async () => expect((await get("edited.example.com", "/")).status).toBe(200));
  await eventually(() => expect(quickstart.output()).toContain(`served on http://edited.example.com:${port}/`));
  writeFileSync(file, text.replace("value: /", "value: no-slash"));
  await eventually(() =>
    expect(quickstart.output()).toMatch(/rejected: .*www\.yaml:\d+:\d+: HTTPRoute default\/backend: /),
  );
  expect((await get("edited.example.com", "/")).status).toBe(200);
  writeFileSync(file, text);
  await eventually(async () => expect((await get("www.example.com", "/")).status).toBe(200));
});

test("the example of JSON Web Tokens protects /foo and leaves /bar open", async () => {
  add("jwt/jwt.yaml");
  await eventually(async () => expect((await get("jwt.example.com", "/bar")).status).toBe(200));
  const refused = await get("jwt.example.com", "/foo");
  expect([refused.status, refused.body]).toEqual([401, "Jwt is missing"]);
  const token = readFileSync(join(examples, "kubernetes/jwt/test.jwt"), "utf8").trim();
  const passed = await get("jwt.example.com", "/foo", { authorization: `Bearer ${token}` });
  expect(passed.status).toBe(200);
  expect(JSON.parse(passed.body).headers["X-User"]).toEqual(["1234567890"]);
});

test("the example of weights sends requests to both backends, to the present one more often", async () => {
  add("weights/weights.yaml");
  await eventually(async () => expect((await get("weights.example.com", "/")).status).toBe(200));
  const seen = { present: 0, next: 0 };
  for (let i = 0; i < 200; i++) {
    const version = JSON.parse((await get("weights.example.com", "/")).body).headers[
      "X-Version"
    ][0] as keyof typeof seen;
    seen[version]++;
  }
  // 200 draws of 1 in 10: fewer than 1 or more than 80 happens less than once in a thousand million runs.
  expect(seen.next).toBeGreaterThan(0);
  expect(seen.present).toBeGreaterThan(seen.next);
});

test("the example of HTTPS serves with the certificate that its script makes", async () => {
  const [httpsPort = 0] = await freePorts(1);
  execFileSync(join(examples, "standalone/https/make-certificate.sh"), [join(served, "secret.yaml")]);
  const manifest = readFileSync(join(examples, "standalone/https/https.yaml"), "utf8");
  writeFileSync(join(served, "https.yaml"), manifest.replace("port: 8443", `port: ${httpsPort}`));
  await eventually(async () => {
    const host = "www.example.com";
    const answer = await send(httpsPort, "/", { host, tls: { serverName: host } });
    expect([answer.status, answer.certificate?.subject.CN]).toEqual([200, host]);
  });
});

test("a second quickstart says which port is taken and by whom, and leaves the first alone", async () => {
  const blocker = createServer().listen(0, "127.0.0.1");
  await once(blocker, "listening");
  const taken = String((blocker.address() as AddressInfo).port);
  const second = start({ ...environment, PORT: taken });
  expect(await second.exitCode).toBe(1);
  expect(second.output()).toContain(
    `port ${taken}, which is needed for requests, is in use by process ${process.pid} `,
  );
  expect(second.output()).toMatch(/make quickstart PORT=\d+/);
  blocker.close();
  expect((await get("www.example.com", "/get")).status).toBe(200);
});

test("Ctrl-C stops everything, Envoy included", async () => {
  quickstart.process.kill("SIGINT");
  expect(await quickstart.exitCode).toBe(0);
  expect(quickstart.output()).toMatch(/quickstart: stopped\.\n$/);
  for (const name of variables) {
    await expect(send(Number(environment[name]), "/", { host: "www.example.com" })).rejects.toThrow("ECONNREFUSED");
  }
});
