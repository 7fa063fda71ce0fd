/** The gRPC chapter of the guide, from its example file on. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { GrpcCaller, useGrpcBackend } from "./harness/grpc/index.ts";
import { eventually, httpRoute, serviceManifest, useBackend, useGateway } from "./harness/index.ts";

const gateway = useGateway();
const yages = useGrpcBackend("yages");
const web = useBackend("web");
const authority = "grpc-example.com";
const port = (): number => gateway().ports[1] ?? 0;
const readExample = (file: string) =>
  readFileSync(join(import.meta.dirname, "../../examples/kubernetes", file), "utf8");

beforeAll(async () => {
  const [, ...slices] = serviceManifest({ name: "yages", endpoints: [{ port: yages().port }] }).split("\n---\n");
  await gateway().apply(web(), httpRoute("web", "www.example.com", "- backendRefs: [{ name: web, port: 80 }]"));
  await gateway().apply(readExample("grpc-routing.yaml").replace("port: 80\n", `port: ${port()}\n`), ...slices);
});

const caller = () => new GrpcCaller(port());
const ask = async (method: string) => {
  const { status, answer } = await caller().call(method, { authority });
  return status === "OK" ? answer.text : status;
};

/** What a browser gets in answer to an empty message. */
async function askGrpcWeb(method: string): Promise<string> {
  const { body } = await gateway().request(`/${method}`, {
    port: port(),
    host: authority,
    version: 2,
    method: "POST",
    headers: { "content-type": "application/grpc-web-text", accept: "application/grpc-web-text" },
    body: "AAAAAAA=",
  });
  // Each piece is encoded, and padded, by itself.
  const pieces = body.split(/(?<==)(?=[^=])/);
  return pieces.map((piece) => Buffer.from(piece, "base64").toString("latin1")).join("");
}

/** The guide's route with other matches, written as it was in the guide's time. */
const route = (method: string) => `
apiVersion: gateway.networking.k8s.io/v1alpha2
kind: GRPCRoute
metadata: { name: yages, labels: { example: grpc-routing } }
spec:
  parentRefs: [{ name: example-gateway }]
  hostnames: ["grpc-example.com"]
  rules:
    - matches:
        - method: { method: ServerReflectionInfo, service: grpc.reflection.v1alpha.ServerReflection }
        - method: ${method}
      backendRefs: [{ group: "", kind: Service, name: yages, port: 9000, weight: 1 }]
`;

test("class, Gateway and route say that they are served, and where", async () => {
  expect(gateway().conditions("GatewayClass example-gateway-class")).toContain("Accepted=True Accepted");
  await eventually(async () =>
    expect(gateway().conditions("Gateway default/example-gateway")).toContain("Programmed=True Programmed"),
  );
  expect(gateway().status("Gateway default/example-gateway")?.addresses).toEqual([
    { type: "IPAddress", value: "127.0.0.1" },
  ]);
  expect(gateway().status("GRPCRoute default/yages")?.parents).toMatchObject([
    {
      parentRef: { kind: "Gateway", name: "example-gateway" },
      controllerName: "gateway.envoyproxy.io/gatewayclass-controller",
      conditions: [
        { type: "Accepted", status: "True", reason: "Accepted", observedGeneration: 1 },
        { type: "ResolvedRefs", status: "True", reason: "ResolvedRefs", observedGeneration: 1 },
      ],
    },
  ]);
});

test("a call gets its answer, found by reflection", async () => {
  const services = await caller().reflect({ list_services: "" }, { authority });
  expect(services.list_services_response?.service).toContainEqual({ name: "yages.Echo" });
  const described = await caller().reflect({ file_containing_symbol: "yages.Echo" }, { authority });
  expect(Buffer.concat([...(described.file_descriptor_response?.file_descriptor_proto ?? [])]).toString()).toContain(
    "Ping",
  );
  expect(await ask("yages.Echo/Ping")).toBe("pong");
});

test("gRPC-Web is understood", async () => {
  const text = await askGrpcWeb("yages.Echo/Ping");
  expect(text).toContain("pong");
  expect(text).toContain("grpc-status:0");
});

test("HTTP goes on beside it", async () => {
  expect((await gateway().request("/", { host: "www.example.com" })).echo.pod).toBe("web");
});

test("exact matches: reflection and every Ping, and no other method", async () => {
  await gateway().apply(route("{ method: Ping }"));
  expect(gateway().conditions("GRPCRoute default/yages")).toEqual([
    "Accepted=True Accepted",
    "ResolvedRefs=True ResolvedRefs",
  ]);
  expect(await ask("yages.Echo/Ping")).toBe("pong");
  expect((await caller().reflect({ list_services: "" }, { authority })).list_services_response).toBeDefined();
  expect(await ask("yages.Echo/Reverse")).toBe("UNIMPLEMENTED");
});

test("regular expressions: every Echo service, and its methods that begin with Pin", async () => {
  await gateway().apply(route('{ method: "Pin.+", service: ".*.Echo", type: RegularExpression }'));
  expect(await ask("yages.Echo/Ping")).toBe("pong");
  expect(await ask("yages.Echo/Reverse")).toBe("UNIMPLEMENTED");
});

test("a SecurityPolicy for the route: calls need a token", async () => {
  await gateway().apply(route("{ method: Ping }"), readExample("jwt/grpc-jwt.yaml"));
  expect(gateway().conditions("SecurityPolicy default/jwt-example")).toEqual(["Accepted=True Accepted"]);
  expect(await ask("yages.Echo/Ping")).toBe("UNAUTHENTICATED");
  const metadata = { authorization: `Bearer ${readExample("jwt/test.jwt").trim()}` };
  const { status, answer } = await caller().call("yages.Echo/Ping", { authority, metadata });
  expect([status, answer.text]).toEqual(["OK", "pong"]);
});
