import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { keyOf } from "../../src/api/object.ts";
import { registry } from "../../src/features/kinds.ts";
import { defaultTranslationOptions } from "../../src/translate/options.ts";
import { Translation } from "../../src/translate/translation.ts";
import { freePorts, startGateway } from "../e2e/harness/index.ts";
import { manifestsOf, readStory } from "../golden/play.ts";
import { mutateText, mutateValues, textMutation, valueMutation } from "./mutations.ts";

const root = join(import.meta.dirname, "../../src");
const stories = globSync("{translate,features}/**/testdata/**/[!_]*.yaml", { cwd: root })
  .sort()
  .map((file) => join(root, file));
const textOf = (file: string) =>
  `${readFileSync(join(dirname(file), "_defaults.yaml"), "utf8")}\n---\n${manifestsOf(file)}`;
const texts = stories.map(textOf);

/** A Gateway of another class, with a route and a Service, that no story names. */
const quiet = `apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: { name: quiet }
spec: { controllerName: gateway.envoyproxy.io/gatewayclass-controller }
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: quiet, namespace: quiet }
spec: { gatewayClassName: quiet, listeners: [{ name: http, protocol: HTTP, port: 7000 }] }
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: quiet, namespace: quiet }
spec: { parentRefs: [{ name: quiet }], rules: [{ backendRefs: [{ name: quiet, port: 80 }] }] }
---
apiVersion: v1
kind: Service
metadata: { name: quiet, namespace: quiet }
spec: { ports: [{ port: 80 }] }
`;

function newTranslation(): Translation {
  const options = {
    ...defaultTranslationOptions,
    extensionApis: { ...defaultTranslationOptions.extensionApis, enableBackend: true },
  };
  return new Translation(
    options,
    registry.kinds.map(({ kind }) => kind),
  );
}

/** Reads a spoilt manifest and translates what is left of it beside the quiet Gateway. */
async function survive(yaml: string): Promise<number> {
  const { objects } = await readStory(yaml);
  const translation = newTranslation();
  for (const { kind, key, object } of (await readStory(quiet)).objects) translation.write(kind, key, object);
  translation.commit();
  for (const { kind, key, object } of objects) translation.write(kind, key, object);
  const { report, xds, statuses } = translation.commit();
  expect(report.failures.map(({ collection, key, error }) => `${collection} ${key}: ${String(error)}`)).toEqual([]);
  expect([...xds.keys()].filter((fleet) => fleet.startsWith("quiet/"))).toEqual([]);
  expect(statuses.filter(({ key }) => key.includes("quiet/"))).toEqual([]);
  return objects.length;
}

test("a text that is spoilt anywhere never stops reading or translation, and changes nothing unrelated", async () => {
  let survivors = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...texts),
      fc.array(textMutation, { minLength: 1, maxLength: 6 }),
      async (text, mutations) => {
        survivors += await survive(mutateText(text, mutations));
      },
    ),
    { numRuns: 1_500 },
  );
  expect(survivors).toBeGreaterThan(1_000);
});

test("values nobody thought of never stop reading or translation, and change nothing unrelated", async () => {
  let survivors = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...texts),
      fc.array(valueMutation, { minLength: 1, maxLength: 6 }),
      async (text, mutations) => {
        survivors += await survive(mutateValues(text, mutations));
      },
    ),
    { numRuns: 1_500 },
  );
  expect(survivors).toBeGreaterThan(1_000);
});

/** More than enough for a suite; a search for faults may ask for more. */
const runs = Number(process.env["FUZZ_RUNS"] ?? 300);

const gateway = await startGateway({ listeners: () => "" });
afterAll(() => gateway.stop());

test("whatever passes validation is accepted by Envoy", async () => {
  const [one, two] = await freePorts(2);
  const withFreePorts = (yaml: string) =>
    yaml.replaceAll(/\bport: (8080|844\d|9443|80\d\d)\b/g, (_, port) => `port: ${port === "8080" ? one : two}`);
  let served = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...stories),
      fc.array(valueMutation, { minLength: 1, maxLength: 3 }),
      async (story, mutations) => {
        const defaults = await readStory(withFreePorts(readFileSync(join(dirname(story), "_defaults.yaml"), "utf8")));
        const spoilt = await readStory(mutateValues(withFreePorts(manifestsOf(story)), mutations));
        const objects = [...defaults.objects, ...spoilt.objects].flatMap(({ object }) => object ?? []);
        const safe = objects.filter((object) => !isDangerous(object));
        await gateway.applyObjects(safe);
        const complaints = await gateway.check();
        served += Number((await gateway.admin("/listeners").catch(() => "")).includes("::"));
        const isKept = ({ kind }: { readonly kind: string }) => kind === "GatewayClass" || kind === "Gateway";
        await gateway.delete(
          ...safe.filter((object) => !isKept(object)).map((object) => `${object.kind} ${keyOf(object)}`),
        );
        expect(complaints).toEqual([]);
      },
    ),
    { numRuns: runs },
  );
  expect(served).toBeGreaterThan(runs / 2);
});

/** EnvoyProxies can ask for files and bootstraps that do not exist; other ports than those that are free may be in use. */
function isDangerous(object: { readonly kind: string; readonly spec?: unknown }): boolean {
  if (object.kind === "EnvoyProxy") return true;
  if (object.kind !== "Gateway") return false;
  const ports = [...JSON.stringify(object.spec).matchAll(/"port":(\d+)/g)].map(([, port]) => Number(port));
  return ports.some((port) => port < 20_000);
}
