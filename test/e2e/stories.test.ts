import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { keyOf } from "../../src/api/object.ts";
import { manifestsOf, readStory } from "../golden/play.ts";
import { freePorts, useGateway } from "./harness/index.ts";

const root = join(import.meta.dirname, "../../src");
const stories = globSync("{translate,features}/**/testdata/**/[!_]*.yaml", { cwd: root }).sort();

const gateway = useGateway({ listeners: () => "" });

/** Ports of the stories' Gateways and ports of this machine that are free. */
const ports = new Map<string, number>();

async function withFreePorts(yaml: string): Promise<string> {
  const found = new Set([...yaml.matchAll(/\bport: ((?:80[89]|84|90|94)\d+)\b/g)].flatMap(([, port]) => port ?? []));
  for (const port of found) {
    const [free = 0] = ports.has(port) ? [] : await freePorts(1);
    if (free > 0) ports.set(port, free);
  }
  return yaml.replaceAll(/\bport: (\d+)\b/g, (text, port) => (ports.has(port) ? `port: ${ports.get(port)}` : text));
}

test("there are stories", () => {
  expect(stories.length).toBeGreaterThan(40);
});

test.each(stories)("Envoy accepts all that comes of %s", async (story) => {
  const file = join(root, story);
  const texts = [readFileSync(join(dirname(file), "_defaults.yaml"), "utf8"), manifestsOf(file)];
  const read = await Promise.all(texts.map(async (text) => readStory(await withFreePorts(text))));
  // Objects of the story take the place of defaults, as they come later.
  const objects = read.flatMap((part) => part.objects.flatMap(({ object }) => object ?? []));
  await gateway().applyObjects(objects);
  const isKept = ({ kind }: { readonly kind: string }) => kind === "GatewayClass" || kind === "Gateway";
  expect(await gateway().check()).toEqual([]);
  await gateway().delete(
    ...objects.filter((object) => !isKept(object)).map((object) => `${object.kind} ${keyOf(object)}`),
  );
});
