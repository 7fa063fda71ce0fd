import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { type AddressInfo, createServer as createSocketServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { startEchoBackend } from "./echo-backend.ts";
import { planPorts } from "./needed-ports.ts";
import { busyPorts } from "./ports.ts";
import { get } from "./request.ts";
import { prepareWorkspace, withPorts } from "./workspace.ts";

const root = join(import.meta.dirname, "../..");
const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

const portOf = (server: { address(): string | AddressInfo | null }) => (server.address() as AddressInfo).port;

/** A folder with nothing but the example in it. */
function projectWithExample(): string {
  const folder = mkdtempSync(join(tmpdir(), "quickstart-test-"));
  closing.push(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, "examples"));
  cpSync(join(root, "examples/standalone"), join(folder, "examples/standalone"), { recursive: true });
  return folder;
}

test("the echo backend describes the request it got", async () => {
  const server = await startEchoBackend(0, { namespace: "default", ingress: "", service: "", pod: "backend" });
  closing.push(() => server.close());
  const answer = await get(portOf(server), "/get?a=1", "www.example.com");
  expect(answer?.status).toBe(200);
  expect(JSON.parse(answer?.body ?? "")).toEqual({
    path: "/get?a=1",
    host: "www.example.com",
    method: "GET",
    proto: "HTTP/1.1",
    headers: { Connection: ["close"] },
    namespace: "default",
    ingress: "",
    service: "",
    pod: "backend",
  });
});

test("a busy port is named, with who has it, what it is for and what to do", async () => {
  const server = createSocketServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  closing.push(() => server.close());
  const port = portOf(server);
  const [sentence, ...others] = await busyPorts([{ port, use: "requests", otherwise: "Choose another." }], "/no/such");
  expect(sentence).toContain(`port ${port}, which is needed for requests, is in use by process ${process.pid} (`);
  expect(sentence).toMatch(/ Choose another\.$/);
  expect(others).toEqual([]);
});

test("a port that is free is not complained about", async () => {
  const server = createSocketServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const port = portOf(server);
  server.close();
  await once(server, "close");
  expect(await busyPorts([{ port, use: "", otherwise: "" }], "/no/such")).toEqual([]);
});

test("a port is not complained about when an Envoy of an earlier run has it", async () => {
  const program = 'require("node:net").createServer().listen(0, function () { console.log(this.address().port) })';
  const leftover = spawn(process.execPath, ["-e", program, "state/admin-address"], { cwd: "/tmp" });
  closing.push(() => leftover.kill());
  const port = Number(String(await once(leftover.stdout, "data").then(([data]) => data)));
  const needed = [{ port, use: "", otherwise: "" }];
  expect(await busyPorts(needed, "/tmp/state")).toEqual([]);
  expect(await busyPorts(needed, "/tmp/other")).toHaveLength(1);
});

test("ports come from variables, and flags say which of them are not the usual ones", () => {
  expect(planPorts({})).toMatchObject({ requests: 8888, backend: 3000, admin: 19000, serverFlags: [] });
  expect(planPorts({ PORT: "9999", ADMIN_PORT: "9000", XDS_PORT: "" })).toMatchObject({
    requests: 9999,
    admin: 9000,
    serverFlags: ["--admin-port", "9000"],
  });
});

test.each([
  [{ PORT: "http" }, "PORT=http is no port"],
  [{ PORT: "70000" }, "PORT=70000 is no port"],
  [{ PORT: "3000" }, "port 3000 is to serve for both requests and the echo backend; choose another with BACKEND_PORT"],
])("variables that cannot be meant are refused: %j", (env, message) => {
  expect(() => planPorts(env)).toThrow(message);
});

test("with the usual ports the example itself is served", () => {
  const folder = projectWithExample();
  expect(prepareWorkspace(folder, { requests: 8888, backend: 3000 })).toEqual({
    config: "examples/standalone/config/envoy-gateway.yaml",
    objects: "examples/standalone",
    state: ".run",
  });
});

test("with other ports a copy is served that differs in the ports only", () => {
  const folder = projectWithExample();
  const workspace = prepareWorkspace(folder, { requests: 9999, backend: 3003 });
  expect(workspace).toEqual({ config: ".run/envoy-gateway.yaml", objects: ".run/standalone", state: ".run" });
  const original = (name: string): string => readFileSync(join(root, "examples/standalone", name), "utf8");
  const copy = (name: string): string => readFileSync(join(folder, workspace.objects, name), "utf8");
  expect(copy("gateway.yaml")).toBe(original("gateway.yaml").replace("port: 8888", "port: 9999"));
  expect(copy("www.yaml")).toBe(original("www.yaml").replace("port: 3000", "port: 3003"));
  expect(readFileSync(join(folder, workspace.config), "utf8")).toContain("- .run/standalone\n");
});

test("with another folder for what is written, everything lies in it", () => {
  const folder = projectWithExample();
  const state = join(folder, "elsewhere");
  const workspace = prepareWorkspace(folder, { requests: 8888, backend: 3000 }, state);
  const config = readFileSync(workspace.config, "utf8");
  expect(workspace.objects).toBe(join(state, "standalone"));
  expect(config).toContain(`runtimeDir: ${state}/runtime\n`);
  expect(config).not.toContain(".run");
});

test("no answer is no error: the gateway may not serve yet", async () => {
  const server = createServer((request) => request.destroy()).listen(0, "127.0.0.1");
  await once(server, "listening");
  closing.push(() => server.close());
  expect(await get(portOf(server), "/", "www.example.com")).toBeUndefined();
});

test("other ports take the place of the example's, and nothing else changes", () => {
  const text = "port: 8888\nport: 88880\nport: 3000 # of the backend\nport: 80\ntargetPort: 8888\n";
  expect(withPorts(text, { requests: 9999, backend: 4000 })).toBe(
    "port: 9999\nport: 88880\nport: 4000 # of the backend\nport: 80\ntargetPort: 8888\n",
  );
});
