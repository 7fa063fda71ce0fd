import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Document, isMap, parseAllDocuments, stringify, YAMLMap, type YAMLSeq } from "yaml";
import { registry } from "../../src/features/kinds.ts";
import { toCRD } from "../../src/schema/crd.ts";
import { versionInfo } from "../../src/server/version.ts";
import { moduleFolder } from "./modules.ts";

const ownGroup = "gateway.envoyproxy.io";

/** CRDs of our own kinds, as YAML, by file name. */
export function ownCRDs(): ReadonlyMap<string, string> {
  const own = registry.kinds.filter(({ group }) => group === ownGroup);
  return new Map(
    own.map((kind) => [
      `${ownGroup}_${kind.plural}.yaml`,
      stringify(toCRD(kind), { lineWidth: 0, aliasDuplicateObjects: false }),
    ]),
  );
}

/** The Gateway API's CRDs in the version that is built in, experimental kinds included, from the project's own module. */
export function gatewayAPICRDs(): ReadonlyMap<string, string> {
  const folder = join(
    moduleFolder("sigs.k8s.io/gateway-api", versionInfo.gatewayAPIVersion),
    "config/crd/experimental",
  );
  const files = new Map<string, string>();
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".yaml"))) {
    const crds = parseAllDocuments(readFileSync(join(folder, file), "utf8")).filter(
      (document) => document.get("kind") === "CustomResourceDefinition",
    );
    for (const crd of crds) serveOlder(crd);
    if (crds.length > 0) files.set(file, crds.map((document) => String(document)).join("---\n"));
  }
  return files;
}

/** Versions that the Gateway API has given up serving, although they differ from `v1` in nothing but their name. */
const olderVersions: Readonly<Record<string, string>> = { GRPCRoute: "v1alpha2" };

/** Lets an API server take manifests in a version of {@link olderVersions}, with a warning for who writes them; objects are kept as `v1`. */
export function serveOlder(crd: Document): void {
  const older = olderVersions[String(crd.getIn(["spec", "names", "kind"]))];
  const versions = crd.getIn(["spec", "versions"]) as YAMLSeq;
  const find = (name: string) => versions.items.find((item) => isMap(item) && item.get("name") === name);
  const current = find("v1");
  if (older === undefined || find(older) || !(current instanceof YAMLMap)) return;
  const copy = current.clone() as YAMLMap;
  for (const [field, value] of Object.entries({ name: older, storage: false, deprecated: true }))
    copy.set(field, value);
  versions.add(copy);
}
