import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments, stringify } from "yaml";
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
    if (crds.length > 0) files.set(file, crds.map((document) => String(document)).join("---\n"));
  }
  return files;
}
