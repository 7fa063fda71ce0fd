/**
 * A real API server says the same of objects as the offline validation: of the pair of every CEL rule (`test/rules`), and of the
 * examples of the Gateway API's own module, good and bad ones. Gateway API CRDs are the official ones, ours are made from the schemas.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AnyObject, KubeClient } from "../../src/kube/client.ts";
import { KubeError } from "../../src/kube/error.ts";
import { type KubeResource, pathOf } from "../../src/kube/resource.ts";
import { admit } from "../../src/schema/admit.ts";
import { formatPath } from "../../src/schema/issue.ts";
import type { KindSchema } from "../../src/schema/kind.ts";
import { parseDocument, splitDocuments } from "../../src/schema/yaml.ts";
import { versionInfo } from "../../src/server/version.ts";
import { gatewayAPICRDs, ownCRDs } from "../../tools/chart/crds.ts";
import { moduleFolder } from "../../tools/chart/modules.ts";
import { objectOf, type RuleEntry, ruledKinds, shownRules } from "../rules/pairs.ts";
import { definitions, KubeApiServer, until } from "./harness/api-server.ts";

let api: KubeApiServer;
let client: KubeClient;

beforeAll(async () => {
  api = await KubeApiServer.start(() => false);
  client = api.client();
  for (const text of [...ownCRDs(), ...gatewayAPICRDs()].map(([, file]) => file)) {
    for (const document of splitDocuments(text)) {
      const parsed = parseDocument(document.text);
      const definition = (parsed.isOk ? parsed.value : undefined) as unknown as AnyObject;
      if (definition) await client.apply(definitions, definition, { fieldManager: "test" });
    }
  }
  for (const kind of ruledKinds) await until(() => client.list(resourceOf(kind), { limit: 1 }).then(() => true));
}, 600_000);
afterAll(() => api?.stop());

function resourceOf(kind: KindSchema, version = kind.versions[0]?.name ?? "v1"): KubeResource {
  return {
    group: kind.group,
    version,
    plural: kind.plural,
    kind: kind.kind,
    isNamespaced: kind.scope === "Namespaced",
  };
}

/** The API server's verdict on writing an object, which is not stored. */
interface Verdict {
  readonly object?: AnyObject;
  readonly message?: string;
}

async function judged(resource: KubeResource, object: AnyObject, instead?: "object" | "status"): Promise<Verdict> {
  const { name, namespace } = object.metadata;
  const place = instead ? { namespace, name, subresource: instead === "status" ? "status" : undefined } : { namespace };
  try {
    const query = { dryRun: "All" };
    const method = instead ? "PUT" : "POST";
    return { object: await client.send<AnyObject>({ method, path: pathOf(resource, place), query, body: object }) };
  } catch (error) {
    if (error instanceof KubeError && error.status === 422) return { message: error.message };
    throw error;
  }
}

/** What is not the API server's own doing. */
function content({ metadata: _metadata, ...rest }: AnyObject): object {
  return rest;
}

/** Both sides say the same of an object. */
async function expectSameVerdict(kind: KindSchema, object: AnyObject, place: "object" | "status"): Promise<void> {
  const offline = admit(kind, object);
  const errors = offline.issues.filter(({ severity }) => severity === "error");
  const theirs = await judgedAt(kind, object, place);
  const context = `${JSON.stringify(object)}\n${JSON.stringify(errors)}\n${theirs.message ?? "accepted"}`;
  expect(theirs.object !== undefined, context).toBe(errors.length === 0);
  for (const { path, message, code } of errors) {
    if (code !== "RuleFailed") continue;
    expect(theirs.message, context).toContain(message.trim().split("\n")[0]);
    if (path.length > 0) expect(theirs.message, context).toContain(formatPath(path).split("[")[0]);
  }
  if (theirs.object && place === "object") {
    expect(content(theirs.object), context).toMatchObject(content(offline.object as unknown as AnyObject));
  }
}

async function judgedAt(kind: KindSchema, object: AnyObject, place: "object" | "status"): Promise<Verdict> {
  const resource = resourceOf(kind);
  if (place === "object") return judged(resource, object);
  const { status: _status, ...rest } = object;
  const { metadata } = await client.create(resource, rest as AnyObject);
  try {
    return await judged(resource, { ...object, metadata }, "status");
  } finally {
    await client.delete(resource, object.metadata);
  }
}

/** Statuses are written apart. */
function placeOf({ path }: RuleEntry): "object" | "status" {
  return path.startsWith(".status") ? "status" : "object";
}

describe.each(ruledKinds.map((kind): [string, KindSchema] => [kind.kind, kind]))("%s", (_name, kind) => {
  test("the API server accepts and refuses the pair of each rule as the offline validation does", async () => {
    for (const { place, entry } of shownRules(kind)) {
      if (!entry) throw new Error(`no pair for ${place.path} ${place.rule.rule}`);
      const pair = (["accepted", "refused"] as const).map(
        (side) => objectOf(kind, entry, side) as unknown as AnyObject,
      );
      if (entry.isUpdate) await expectUpdateRefused(kind, pair);
      else for (const object of pair) await expectSameVerdict(kind, object, placeOf(entry));
    }
  });
});

async function expectUpdateRefused(kind: KindSchema, [before, after]: readonly AnyObject[]): Promise<void> {
  const resource = resourceOf(kind);
  if (!before || !after) throw new Error("no pair");
  const { metadata } = await client.create(resource, before);
  expect((await judged(resource, { ...before, metadata }, "object")).message).toBeUndefined();
  expect((await judged(resource, { ...after, metadata }, "object")).message).toContain("immutable");
  await client.delete(resource, { name: metadata.name });
}

describe("examples of the Gateway API's module", () => {
  const module = moduleFolder("sigs.k8s.io/gateway-api", versionInfo.gatewayAPIVersion);

  test.each(["examples", "hack/invalid-examples"])(
    "%s: the API server and the offline validation agree",
    async (folder) => {
      const verdicts = new Set<boolean>();
      for (const file of readdirSync(join(module, folder), { recursive: true, encoding: "utf8" }).sort()) {
        if (!file.endsWith(".yaml")) continue;
        for (const { text } of splitDocuments(readFileSync(join(module, folder, file), "utf8"))) {
          const parsed = parseDocument(text);
          const object = (parsed.isOk ? parsed.value : undefined) as unknown as AnyObject | undefined;
          const kind = ruledKinds.find((one) => one.kind === object?.["kind"]);
          if (!object || !kind) continue;
          const placed = inDefault(kind, object);
          const version = String(object["apiVersion"]).split("/")[1] ?? "";
          if (!kind.versions.some(({ name, served }) => name === version && served)) continue;
          const offline = admit(kind, placed).object !== undefined;
          const theirs = await judged(resourceOf(kind, version), placed);
          expect(theirs.object !== undefined, `${file}: ${theirs.message ?? "accepted"}`).toBe(offline);
          verdicts.add(offline);
        }
      }
      expect([...verdicts]).toContain(folder === "examples");
    },
  );

  /** Namespaces of the examples are not there. */
  function inDefault(kind: KindSchema, object: AnyObject): AnyObject {
    const { namespace: _namespace, ...metadata } = object.metadata;
    return { ...object, metadata: { ...metadata, ...(kind.scope === "Namespaced" && { namespace: "default" }) } };
  }
});
