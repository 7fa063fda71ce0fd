import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { Server as GrpcServer, ServerCredentials } from "@grpc/grpc-js";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { HTTPExternalAuthFilter } from "../../../api/gateway-api/external-auth.ts";
import {
  type CheckRequest,
  CheckRequestSchema,
  CheckResponseSchema,
} from "../../../gen/envoy/service/auth/v3/external_auth_pb.js";
import { anyHost, type RunningEnvoy, startEnvoy } from "./testing/envoy.ts";
import { entriesOf, type RuleOptions } from "./testing/inputs.ts";

const auth = (filter: Omit<HTTPExternalAuthFilter, "backendRef">) => ({
  type: "ExternalAuth" as const,
  externalAuth: { backendRef: { group: "", kind: "Service", name: "auth", port: 80 }, ...filter },
});
const target = (cluster: string) => ({ 0: { cluster, weight: 1, filters: [], host: "auth.ns.svc" } });

const rules: readonly RuleOptions[] = [
  { matches: ["/http"], filters: [auth({ protocol: "HTTP", http: {} })], authTargets: target("auth-http") },
  {
    matches: ["/options"],
    filters: [
      auth({
        protocol: "HTTP",
        http: { path: "/check", allowedHeaders: ["X-Tenant"], allowedResponseHeaders: ["X-User"] },
        forwardBody: { maxSize: 8 },
      }),
    ],
    authTargets: target("auth-http"),
  },
  { matches: ["/grpc"], filters: [auth({ protocol: "GRPC", grpc: {} })], authTargets: target("auth-grpc") },
  {
    matches: ["/some"],
    filters: [auth({ protocol: "GRPC", grpc: { allowedHeaders: ["x-tenant"] }, forwardBody: { maxSize: 8 } })],
    authTargets: target("auth-grpc"),
  },
  { matches: ["/down"], filters: [auth({ protocol: "HTTP", http: {} })], authTargets: target("auth-down") },
  { matches: ["/missing"], filters: [auth({ protocol: "HTTP", http: {} })] },
  { matches: ["/open"] },
];

/** What the services were asked last. */
let asked: { path: string; headers: IncomingHttpHeaders; body: string } | undefined;
let checked: CheckRequest | undefined;

let http: Server;
let grpc: GrpcServer;
let envoy: RunningEnvoy;
beforeAll(async () => {
  http = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (text: string) => {
      body += text;
    });
    request.on("end", () => {
      asked = { path: request.url ?? "", headers: request.headers, body };
      const isAllowed = request.headers.authorization === "yes";
      response
        .writeHead(isAllowed ? 200 : 401, { "x-user": "jo", "x-other": "1", "www-authenticate": "who" })
        .end(isAllowed ? "" : "refused");
    });
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  grpc = new GrpcServer();
  grpc.addService(checkService, {
    Check(call: { request: CheckRequest }, answer: (error: null, response: unknown) => void) {
      checked = call.request;
      const isAllowed = call.request.attributes?.request?.http?.headers["authorization"] !== "no";
      answer(null, create(CheckResponseSchema, { status: { code: isAllowed ? 0 : 7 } }));
    },
  });
  const grpcPort = await new Promise<number>((resolve, reject) =>
    grpc.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve(port),
    ),
  );
  const entries = rules.flatMap((rule, ruleIndex) => entriesOf({ ...rule, ruleIndex }));
  envoy = await startEnvoy({
    virtualHosts: [anyHost(entries)],
    backends: ["a"],
    ports: { "auth-http": (http.address() as AddressInfo).port, "auth-down": 1 },
    grpcPorts: { "auth-grpc": grpcPort },
  });
});
afterAll(async () => {
  await envoy.stop();
  http.closeAllConnections();
  http.close();
  grpc.forceShutdown();
});
beforeEach(() => {
  asked = undefined;
  checked = undefined;
});

const checkService = {
  Check: {
    path: "/envoy.service.auth.v3.Authorization/Check",
    requestStream: false,
    responseStream: false,
    requestSerialize: (message: CheckRequest) => Buffer.from(toBinary(CheckRequestSchema, message)),
    requestDeserialize: (bytes: Buffer) => fromBinary(CheckRequestSchema, bytes),
    responseSerialize: (message: Parameters<typeof toBinary<typeof CheckResponseSchema>>[1]) =>
      Buffer.from(toBinary(CheckResponseSchema, message)),
    responseDeserialize: (bytes: Buffer) => fromBinary(CheckResponseSchema, bytes),
  },
} as const;

test("an HTTP service gets the request's head, and its refusal goes to the client", async () => {
  const answer = await envoy.get("/http/x?q=1", {
    method: "POST",
    headers: { authorization: "no", "x-tenant": "t" },
    body: "0123456789",
  });
  expect([answer.status, answer.body, answer.headers["www-authenticate"]]).toEqual([401, "refused", "who"]);
  expect(asked).toMatchObject({
    path: "/http/x?q=1",
    headers: { authorization: "no", "content-length": "0", host: "www.example.com" },
    body: "",
  });
  expect(asked?.headers).not.toHaveProperty("x-tenant");
});

test("what the HTTP service allows goes on, with all its headers, to the backend", async () => {
  const { status, seen } = await envoy.get("/http", {
    method: "POST",
    headers: { authorization: "yes" },
    body: "0123456789",
  });
  expect(status).toBe(200);
  expect(seen?.headers).toMatchObject({
    "x-user": "jo",
    "x-other": "1",
    host: "www.example.com",
    "content-length": "10",
  });
});

test("path, headers and body are sent as the options say", async () => {
  const headers = { authorization: "yes", "x-tenant": "t", "x-secret": "s" };
  const { seen } = await envoy.get("/options", { method: "POST", headers, body: "12345678" });
  expect(asked).toMatchObject({
    path: "/check/options",
    headers: { "x-tenant": "t", "content-length": "8" },
    body: "12345678",
  });
  expect(asked?.headers).not.toHaveProperty("x-secret");
  expect(seen?.headers).toMatchObject({ "x-user": "jo" });
  expect(seen?.headers).not.toHaveProperty("x-other");
  expect((await envoy.get("/options", { method: "POST", headers, body: "123456789" })).status).toBe(200);
  expect(asked?.body).toBe("12345678");
});

test("a gRPC service gets all headers, or those listed", async () => {
  expect((await envoy.get("/grpc", { headers: { authorization: "no", "x-tenant": "t" } })).status).toBe(403);
  expect(checked?.attributes?.request?.http?.headers).toMatchObject({ "x-tenant": "t", authorization: "no" });
  expect(
    (await envoy.get("/some", { method: "POST", headers: { authorization: "no", "x-tenant": "t" }, body: "1234" }))
      .status,
  ).toBe(200);
  expect(checked?.attributes?.request?.http?.headers).toMatchObject({ "x-tenant": "t" });
  expect(checked?.attributes?.request?.http?.headers).not.toHaveProperty("authorization");
  expect(checked?.attributes?.request?.http?.body).toBe("1234");
});

test("without an answer nothing passes, without a service neither, and other routes are not asked about", async () => {
  expect((await envoy.get("/down")).status).toBe(403);
  expect((await envoy.get("/missing")).status).toBe(500);
  expect((await envoy.get("/open")).status).toBe(200);
  expect(asked).toBeUndefined();
});
