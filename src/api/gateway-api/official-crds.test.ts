/**
 * The kinds of the Gateway API against the official CRDs (experimental channel). Prose apart, and the order of things that
 * have none, they must be the same. The CRDs come from the Go module proxy; where Go or the network is missing, the tests
 * are skipped.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { type CustomResourceDefinition, toCRD } from "../../schema/crd.ts";
import type { KindSchema } from "../../schema/kind.ts";
import { BackendTLSPolicy } from "./backendtlspolicy.ts";
import { Gateway } from "./gateway.ts";
import { GatewayClass } from "./gatewayclass.ts";
import { GRPCRoute } from "./grpcroute.ts";
import { HTTPRoute } from "./httproute.ts";
import { ListenerSet } from "./listenerset.ts";
import { ReferenceGrant } from "./referencegrant.ts";
import { TCPRoute } from "./tcproute.ts";
import { TLSRoute } from "./tlsroute.ts";
import { UDPRoute } from "./udproute.ts";
import { XBackendTrafficPolicy } from "./xbackendtrafficpolicy.ts";

const MODULE = "sigs.k8s.io/gateway-api";
const VERSION = "v1.7.0";
const kinds: readonly KindSchema[] = [
  BackendTLSPolicy,
  Gateway,
  GatewayClass,
  GRPCRoute,
  HTTPRoute,
  ListenerSet,
  ReferenceGrant,
  TCPRoute,
  TLSRoute,
  UDPRoute,
  XBackendTrafficPolicy,
];

const source = officialCRDs();
if ("missing" in source) console.info(`official CRDs not compared: ${source.missing}`);

for (const kind of kinds) {
  test.skipIf("missing" in source)(`${kind.kind} equals the official CRD but for its prose`, () => {
    if ("missing" in source) return;
    const file = join(source.folder, `${kind.group}_${kind.plural}.yaml`);
    const official: CustomResourceDefinition = parse(readFileSync(file, "utf8"));
    expect(comparable(toCRD(kind).spec)).toEqual(comparable(official.spec));
  });
}

test("the comparison sees a changed default, bound, rule, list type and required field", () => {
  const spec = comparable(toCRD(HTTPRoute).spec);
  const text = JSON.stringify(toCRD(HTTPRoute).spec);
  for (const [from, to] of [
    ['"default":"PathPrefix"', '"default":"Exact"'],
    ['"maxItems":64', '"maxItems":65'],
    ["f.type == 'CORS'", "f.type == 'cors'"],
    ['"x-kubernetes-list-type":"set"', '"x-kubernetes-list-type":"atomic"'],
    ['"required":["name","value"]', '"required":["name"]'],
  ] as const) {
    expect(text).toContain(from);
    expect(comparable(JSON.parse(text.replace(from, to)))).not.toEqual(spec);
  }
});

/** The folder with the CRDs, or why there is none. */
function officialCRDs(): { readonly folder: string } | { readonly missing: string } {
  const environment = { ...process.env, GOTOOLCHAIN: "local", GOFLAGS: "-mod=mod" };
  const cache = spawnSync("go", ["env", "GOMODCACHE"], { env: environment, encoding: "utf8" });
  if (cache.status !== 0) return { missing: "Go is not installed" };
  const folder = join(cache.stdout.trim(), `${MODULE}@${VERSION}`, "config", "crd", "experimental");
  // The module asks for a newer Go than may be there; it is unpacked all the same, and nothing of it is built here.
  if (!existsSync(folder))
    spawnSync("go", ["mod", "download", `${MODULE}@${VERSION}`], { env: environment, encoding: "utf8" });
  return existsSync(folder) ? { folder } : { missing: `module ${MODULE}@${VERSION} could not be fetched` };
}

/** A copy without descriptions, with sorted lists where order means nothing, and without blanks in rules. */
function comparable(value: unknown, key = ""): unknown {
  if (key === "default") return value;
  if (Array.isArray(value)) {
    const items = value.map((item) => comparable(item));
    return ["required", "enum", "versions", "x-kubernetes-validations"].includes(key) ? sorted(items) : items;
  }
  if (typeof value !== "object" || value === null) return key === "rule" ? String(value).replaceAll(/\s+/g, "") : value;
  const entries = Object.entries(value).filter(
    // An empty list of subresources says as much as none.
    ([name, member]) =>
      !(name === "description" && typeof member === "string") && !(name === "subresources" && !("status" in member)),
  );
  return Object.fromEntries(
    entries.map(([name, member]) => [name, comparable(member, key === "properties" ? "" : name)]),
  );
}

function sorted(items: readonly unknown[]): readonly unknown[] {
  const texts = new Map(items.map((item) => [JSON.stringify(item, sortKeys), item]));
  return [...texts.keys()].sort().map((text) => texts.get(text));
}

function sortKeys(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
