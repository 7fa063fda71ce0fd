/** The official CRDs, from the Go modules of their projects. */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CustomResourceDefinition } from "../../src/schema/crd.ts";
import type { Rule, Structural } from "../../src/schema/structural.ts";
import { parseDocument, splitDocuments } from "../../src/schema/yaml.ts";

/** The modules and the folders in them that have CRDs. */
const SOURCES = [
  { module: "sigs.k8s.io/gateway-api", version: "v1.7.0", folder: "config/crd/experimental" },
  {
    module: "github.com/envoyproxy/gateway",
    version: "v1.9.0",
    folder: "charts/gateway-helm/charts/crds/crds/generated",
  },
];

/** All official CRDs, by `group/Kind`. */
export function officialCRDs(): ReadonlyMap<string, CustomResourceDefinition> {
  const crds = new Map<string, CustomResourceDefinition>();
  for (const { module, version, folder } of SOURCES) {
    const path = join(moduleFolder(module, version), folder);
    for (const file of readdirSync(path).filter((name) => name.endsWith(".yaml"))) {
      for (const { text } of splitDocuments(readFileSync(join(path, file), "utf8"))) {
        const parsed = parseDocument(text);
        const crd = parsed.isOk ? (parsed.value as Partial<CustomResourceDefinition>) : {};
        if (crd.kind === "CustomResourceDefinition" && crd.spec) {
          crds.set(`${crd.spec.group}/${crd.spec.names.kind}`, crd as CustomResourceDefinition);
        }
      }
    }
  }
  return crds;
}

/** Go unpacks a module only for a toolchain that is new enough; the archive is there all the same. */
function moduleFolder(module: string, version: string): string {
  const download = spawnSync("go", ["mod", "download", "-json", `${module}@${version}`], {
    cwd: import.meta.dirname,
    encoding: "utf8",
  });
  const { Dir, Zip } = JSON.parse(download.stdout) as { readonly Dir?: string; readonly Zip?: string };
  if (Dir !== undefined && existsSync(Dir)) return Dir;
  const folder = mkdtempSync(join(tmpdir(), "official-crds-"));
  execFileSync("unzip", ["-q", Zip ?? "", "-d", folder]);
  return join(folder, `${module}@${version}`);
}

/**
 * Where two CRDs differ, as lines `path: ours | theirs`. Texts for people do not count, nor does the order of sets, nor what is
 * inside Kubernetes' own types where ours leaves them open (`x-kubernetes-preserve-unknown-fields`).
 */
export function differences(ours: CustomResourceDefinition, theirs: CustomResourceDefinition): string[] {
  const lines: string[] = [];
  const compare = (a: unknown, b: unknown, path: string): void => {
    if (JSON.stringify(a) === JSON.stringify(b)) return;
    const isDeep = [a, b].every((side) => typeof side === "object" && side !== null && !Array.isArray(side));
    if (!isDeep) {
      lines.push(`${path}: ${JSON.stringify(a)} | ${JSON.stringify(b)}`);
      return;
    }
    const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>];
    if (isOpen(left) && !isOpen(right)) return;
    for (const key of new Set([...Object.keys(left), ...Object.keys(right)]))
      compare(left[key], right[key], `${path}.${key}`);
  };
  compare(essence(ours), essence(theirs), ours.spec.names.kind);
  return lines;
}

function isOpen(schema: Record<string, unknown>): boolean {
  return schema["x-kubernetes-preserve-unknown-fields"] === true && schema.properties === undefined;
}

function essence(crd: CustomResourceDefinition): unknown {
  const { names, scope, versions } = crd.spec;
  return {
    names: {
      ...names,
      shortNames: [...(names.shortNames ?? [])].sort(),
      categories: [...(names.categories ?? [])].sort(),
    },
    scope,
    versions: Object.fromEntries(
      versions.map(({ name, served, storage, deprecated = false, additionalPrinterColumns = [], schema }) => [
        name,
        {
          served,
          storage,
          deprecated,
          columns: additionalPrinterColumns.map(({ description: _text, ...column }) => sorted(column)),
          schema: schemaEssence(schema.openAPIV3Schema),
        },
      ]),
    ),
  };
}

function schemaEssence(schema: Structural): unknown {
  const { description: _text, properties, items, additionalProperties, required, enum: values, ...rest } = schema;
  const rules = schema["x-kubernetes-validations"]?.map(ruleEssence).sort();
  // The generator of the official CRDs states an enumeration twice where both the type and the field have it.
  const [first, second] = schema.allOf ?? [];
  if (first?.enum && JSON.stringify(first) === JSON.stringify(second)) {
    const { allOf: _twice, ...once } = schema;
    return schemaEssence({ ...once, ...first });
  }
  return sorted({
    ...rest,
    ...(properties && {
      properties: Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, schemaEssence(value)])),
    }),
    ...(items && { items: schemaEssence(items) }),
    ...(additionalProperties && { additionalProperties: schemaEssence(additionalProperties) }),
    ...(required && required.length > 0 && { required: [...required].sort() }),
    ...(values && { enum: [...values].sort() }),
    ...(rules && { "x-kubernetes-validations": rules }),
  });
}

/** The rule itself; its message is for people. */
function ruleEssence({ rule, reason, fieldPath, optionalOldSelf }: Rule): string {
  return JSON.stringify({ rule: rule.replace(/\s+/g, ""), reason, fieldPath, optionalOldSelf });
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [key, sorted(item)]),
  );
}
