import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Registry } from "../api/registry.ts";
import type { FleetSpec } from "../infra/fleet.ts";
import { admit } from "../schema/admit.ts";
import { splitDocuments } from "../schema/yaml.ts";
import { readManifests } from "../sources/file/read-manifests.ts";
import type { Translation } from "../translate/translation.ts";
import { specOf } from "./controller.ts";

/** Files looked at; in directories with more the fleets become known with everything else. */
const mostFiles = 1_000;

/** What tells which fleets there are. */
const fleetKinds = /^kind:\s*["']?(?:GatewayClass|Gateway|EnvoyProxy)\b/m;

/**
 * Finds out which fleets the manifests ask for, from their GatewayClasses, Gateways and EnvoyProxies alone, so that Envoys
 * start while the other objects are still being read. A guess: what is wrong with those objects, or missing, is told when everything
 * is read, and a fleet that is not wanted then is stopped.
 */
export async function findFleetsEarly(
  paths: readonly string[],
  registry: Registry,
  translation: Translation,
): Promise<readonly FleetSpec[]> {
  const documents: string[] = [];
  for (const file of (await listFiles(paths)).slice(0, mostFiles)) {
    const text = await readFile(file, "utf8").catch(() => "");
    if (!fleetKinds.test(text)) continue;
    for (const document of splitDocuments(text)) if (fleetKinds.test(document.text)) documents.push(document.text);
  }
  if (documents.length === 0) return [];
  const stdin = documents.map((text) => (text.startsWith("---") ? text : `---\n${text}`)).join("\n");
  const { objects } = await readManifests({ paths: ["-"], stdin, registry, admit });
  for (const { kind, key, object } of objects) translation.write(kind, key, object);
  translation.commit();
  return [...translation.fleets.entries()]
    .filter(([key, { ports }]) => ports.length > 0 && !translation.heldFleets.get(key))
    .map(([, fleet]) => specOf(fleet));
}

async function listFiles(paths: readonly string[]): Promise<string[]> {
  const files: string[] = [];
  for (const path of paths) {
    const found = await stat(path).catch(() => undefined);
    if (found?.isFile()) files.push(path);
    if (!found?.isDirectory()) continue;
    const names = await readdir(path).catch(() => []);
    for (const name of names.sort()) if (/^[^.].*\.(?:ya?ml|json)$/.test(name)) files.push(join(path, name));
  }
  return files;
}
