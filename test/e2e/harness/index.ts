/**
 * What end-to-end tests are written with: one Gateway with one Envoy per file, a route with a host name of its own per test.
 *
 *     const gateway = useGateway();
 *     const shop = useBackend("shop");
 *     test("a path is matched whole", async () => {
 *       await gateway().apply(shop(), httpRoute("whole", "whole.test", "- backendRefs: [{ name: shop, port: 80 }]"));
 *       expect((await gateway().request("/", { host: "whole.test" })).echo.pod).toBe("shop");
 *     });
 */
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { type Backend, type BackendOptions, startBackend } from "./backend.ts";
import { type GatewayOptions, startGateway, type TestGateway } from "./gateway.ts";
import { type StreamBackend, type StreamBackendOptions, startStreamBackend } from "./stream.ts";

export { freePorts } from "../../../src/testing/free-ports.ts";
export { type Backend, type Echo, type EchoOrder, serviceManifest, startBackend } from "./backend.ts";
export { type Answer, openHttp2, type RequestOptions, send, sendOver } from "./client.ts";
export { eventually } from "./eventually.ts";
export { type GatewayOptions, gatewayManifest, startGateway, type TestGateway } from "./gateway.ts";
export { httpRoute } from "./manifests.ts";
export {
  askStream,
  askUdp,
  openStream,
  openUdp,
  type StreamAnswer,
  type StreamBackend,
  type StreamBackendOptions,
  startStreamBackend,
  streamRoute,
} from "./stream.ts";
export { type CertificateWithKey, caConfigMap, makeCertificate, tlsSecret } from "./tls.ts";

/**
 * A gateway for the tests of a file. After each test it fails when Envoy refused anything or warned about a deprecated field,
 * unless the test took that out of `gateway.complaints`.
 */
export function useGateway(options: GatewayOptions = {}): () => TestGateway {
  let gateway: TestGateway | undefined;
  beforeAll(async () => {
    gateway = await startGateway(options);
  });
  afterEach(async () => {
    expect(await gateway?.check(), "complaints of Envoy").toEqual([]);
  });
  afterAll(() => gateway?.stop());
  return () => started(gateway);
}

/** A backend for the tests of a file. */
export function useBackend(name: string, options: BackendOptions = {}): () => Backend {
  let backend: Backend | undefined;
  beforeAll(async () => {
    backend = await startBackend(name, options);
  });
  afterAll(() => backend?.stop());
  return () => started(backend);
}

/** A backend for the tests of a file that speaks lines over TCP or TLS, or datagrams over UDP. */
export function useStreamBackend(
  name: string,
  options: StreamBackendOptions | (() => Promise<StreamBackendOptions>),
): () => StreamBackend {
  let backend: StreamBackend | undefined;
  beforeAll(async () => {
    backend = await startStreamBackend(name, typeof options === "function" ? await options() : options);
  });
  afterAll(() => backend?.stop());
  return () => started(backend);
}

function started<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("only tests and hooks may use it");
  return value;
}
