import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { TypedExtensionConfigSchema } from "../gen/envoy/config/core/v3/extension_pb.js";
import { JwtAuthenticationSchema } from "../gen/envoy/extensions/filters/http/jwt_authn/v3/config_pb.js";
import { extensionPartRef, type FleetChange } from "../translate/resources.ts";
import { tableHead } from "./route-table.ts";
import { modelHost, modelResource } from "./testing/model-resources.ts";
import { SessionDriver } from "./testing/session-driver.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const typeUrl = `type.googleapis.com/${JwtAuthenticationSchema.typeName}`;
const head = {
  name: "jwt",
  value: {
    name: "jwt",
    bytes: toBinary(
      TypedExtensionConfigSchema,
      create(TypedExtensionConfigSchema, { name: "jwt", typedConfig: { typeUrl } }),
    ),
  },
};

/** A part with one requirement of its own name; `salt` makes another content. */
function part(name: string, { salt = "", clusters = [] as readonly string[] } = {}) {
  const message = create(JwtAuthenticationSchema, {
    requirementMap: { [name]: { requiresType: { case: "providerName", value: `p${salt}` } } },
  });
  return {
    extension: "jwt",
    name,
    value: {
      extension: "jwt",
      name,
      bytes: toBinary(JwtAuthenticationSchema, message),
      clusters,
      from: [`Policy ${name}`],
    },
  };
}

function host(name: string, parts: readonly string[], salt = "") {
  const value = {
    ...modelHost("t", name, { clusters: [], salt }),
    extensions: parts.map((each) => extensionPartRef("jwt", each)),
  };
  return { table: "t", name, value };
}

const noPart = (name: string) => ({ extension: "jwt", name, value: undefined });
const start: FleetChange = {
  extension: [head],
  listener: [{ name: "l", value: modelResource("l", { table: "t" }) }],
  route: [{ name: "t", value: modelResource("t") }],
  virtualHost: [host("h", [])],
};

/** An Envoy that has everything of `start`. */
function served(driver = new SessionDriver()): SessionDriver {
  driver.update(start);
  driver.request("listener", {});
  driver.acknowledge("listener");
  driver.request("extension", { names: ["jwt"] });
  driver.acknowledge("extension");
  driver.request("route", { names: ["t"] });
  driver.acknowledge("route");
  expect(driver.taken()).toEqual(["listener: l", "extension: jwt", "route: t[h]"]);
  return driver;
}

/** Requirements in the configuration as the store has it. */
function requirements(driver: SessionDriver): Record<string, string | undefined> {
  const bytes = driver.store.table("jwt", "extension").content(new Map()).join();
  const config = fromBinary(TypedExtensionConfigSchema, bytes);
  expect([config.name, config.typedConfig?.typeUrl]).toEqual(["jwt", typeUrl]);
  const { requirementMap } = fromBinary(JwtAuthenticationSchema, config.typedConfig?.value ?? new Uint8Array());
  return Object.fromEntries(
    Object.entries(requirementMap).map(([name, { requiresType }]) => [name, String(requiresType.value)]),
  );
}

test("parts make one message with the head's name and type, whether there are none or many", () => {
  const driver = served();
  expect(requirements(driver)).toEqual({});
  driver.update({ extensionPart: [part("x"), part("y", { salt: "2" })] });
  expect(requirements(driver)).toEqual({ x: "p", y: "p2" });
  driver.update({ extensionPart: [noPart("x"), part("y", { salt: "3" })] });
  expect(requirements(driver)).toEqual({ y: "p3" });
});

test("a host that refers to a new part waits until the part is acknowledged", () => {
  const driver = served();
  driver.update({ extensionPart: [part("x")], virtualHost: [host("h", ["x"], "2")] });
  expect(driver.taken()).toEqual(["extension: jwt"]);
  driver.acknowledge("extension");
  expect(driver.taken()).toEqual(["route: t[h2]"]);
});

test("a part that vanished stays until no host in the Envoy refers to it", () => {
  const driver = served();
  driver.update({ extensionPart: [part("x")], virtualHost: [host("h", ["x"], "2")] });
  driver.acknowledge("extension", "route");
  driver.taken();
  driver.update({ extensionPart: [noPart("x")], virtualHost: [host("h", [], "3")] });
  expect(driver.taken()).toEqual(["route: t[h3]"]);
  driver.acknowledge("route");
  expect(driver.taken()).toEqual(["extension: jwt"]);
});

test("parts that come and go together: the Envoy has both until its host has moved", () => {
  const driver = served();
  driver.update({ extensionPart: [part("x")], virtualHost: [host("h", ["x"], "2")] });
  driver.acknowledge("extension", "route");
  driver.taken();
  driver.update({ extensionPart: [noPart("x"), part("y")], virtualHost: [host("h", ["y"], "3")] });
  const view = driver.session.channels.get("extension")?.views.get("jwt");
  expect(driver.taken()).toEqual(["extension: jwt"]);
  expect([view?.sent("x") !== undefined, view?.sent("y") !== undefined]).toEqual([true, true]);
  driver.acknowledge("extension");
  expect(driver.taken()).toEqual(["route: t[h3]"]);
  driver.acknowledge("route");
  expect(driver.taken()).toEqual(["extension: jwt"]);
  expect([view?.sent("x") !== undefined, view?.sent("y") !== undefined]).toEqual([false, true]);
});

test("a part that changes goes out at once and alone", () => {
  const driver = served();
  driver.update({ extensionPart: [part("x")], virtualHost: [host("h", ["x"], "2")] });
  driver.acknowledge("extension", "route");
  driver.taken();
  driver.update({ extensionPart: [part("x", { salt: "2" })] });
  expect(driver.taken()).toEqual(["extension: jwt"]);
});

test("a part waits for its clusters, and other parts do not wait for it", () => {
  const driver = served();
  driver.request("cluster", {});
  driver.acknowledge("cluster");
  driver.taken();
  const cluster = { name: "keys", value: modelResource("keys", { isEds: true }) };
  driver.update({
    cluster: [cluster],
    extensionPart: [part("x", { clusters: ["keys"] }), part("y")],
    virtualHost: [host("h", ["x"], "2")],
  });
  expect(driver.taken()).toEqual(["cluster: keys", "extension: jwt"]);
  const view = driver.session.channels.get("extension")?.views.get("jwt");
  expect([view?.sent("x") !== undefined, view?.sent("y") !== undefined]).toEqual([false, true]);
  driver.request("endpoint", { names: ["keys"] });
  driver.acknowledge("extension", "endpoint", "cluster");
  expect(driver.taken()).toEqual(["endpoint: keys", "extension: jwt"]);
  driver.acknowledge("extension");
  expect(driver.taken()).toEqual(["route: t[h2]"]);
});

test("a refused part is told with its origin; hosts that refer to it are held back and others go on", () => {
  const driver = served();
  driver.update({ extensionPart: [part("x")], virtualHost: [host("h", ["x"], "2"), host("other", [])] });
  expect(driver.taken()).toEqual(["extension: jwt", "route: t[h other]"]);
  driver.refuse("extension", "no such thing");
  driver.acknowledge("route");
  expect(driver.rejected).toMatchObject([
    { type: "extension", name: "jwt", part: "x", message: "no such thing", from: ["Policy x"] },
  ]);
  expect(driver.taken()).toEqual([]);
  driver.update({ extensionPart: [part("x", { salt: "good" })] });
  driver.acknowledge("extension");
  expect(driver.taken()).toEqual(["extension: jwt", "route: t[h2 other]"]);
  expect(driver.recovered).toHaveLength(1);
});

test("an Envoy that comes back with the same parts is sent nothing, and its hosts wait for no part", () => {
  const first = served();
  first.update({ extensionPart: [part("x")], virtualHost: [host("h", ["x"], "2")] });
  const version = first.store.table("jwt", "extension").version(new Map());
  const driver = new SessionDriver({ store: first.store });
  driver.request("extension", { names: ["jwt"], initialVersions: new Map([["jwt", version]]) });
  driver.request("route", { names: ["t"] });
  expect(driver.taken()).toEqual(["route: t[h2]"]);
});

test("a host whose part is subscribed after its table waits for it", () => {
  const first = served();
  first.update({ extensionPart: [part("x")], virtualHost: [host("h", ["x"], "2")] });
  const driver = new SessionDriver({ store: first.store });
  driver.request("route", { names: ["t"] });
  expect(driver.taken()).toEqual([]);
  driver.request("extension", { names: ["jwt"] });
  driver.acknowledge("extension");
  expect(driver.taken()).toEqual(["extension: jwt", "route: t[h2]"]);
});

test("the head stands under its own name in the store", () => {
  expect(served().store.table("jwt", "extension").get(tableHead)?.bytes).toEqual(head.value.bytes);
});
