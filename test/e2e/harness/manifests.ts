/** Manifests as the tests write them. */
import type { KubeObject } from "../../../src/api/object.ts";
import { registry } from "../../../src/features/kinds.ts";
import { admit } from "../../../src/schema/admit.ts";
import { Lives } from "../../../src/sources/file/lives.ts";
import { readManifests } from "../../../src/sources/file/read-manifests.ts";

/** Reads YAML documents as a file source does: validated and defaulted. Throws when one has an error or a warning. */
export async function readObjects(yaml: string): Promise<KubeObject[]> {
  const { objects, problems } = await readManifests({
    paths: ["-"],
    stdin: yaml,
    registry,
    admit,
    defaultNamespace: "default",
  });
  const bad = problems.filter(({ severity }) => severity !== "info");
  if (bad.length > 0) throw new Error(`bad manifest: ${JSON.stringify(bad, undefined, 2)}`);
  return objects.flatMap(({ object }) => object ?? []);
}

/** Gives objects `uid` and `generation` the way an API server does, over all versions of each. */
export class ObjectLives {
  readonly #lives = new Lives();
  readonly #latest = new Map<string, KubeObject>();

  next(object: KubeObject): KubeObject {
    const id = idOf(object);
    const former = this.#latest.get(id);
    const next = former ? this.#lives.next(former, object) : this.#lives.begin(id, object);
    this.#latest.set(id, next);
    return next;
  }

  end(object: { readonly kind: string; readonly key: string }): void {
    const id = `${object.kind}/${object.key}`;
    if (this.#latest.delete(id)) this.#lives.end(id);
  }
}

const idOf = ({ kind, metadata }: KubeObject): string =>
  `${kind}/${metadata.namespace ? `${metadata.namespace}/` : ""}${metadata.name}`;

/**
 * An HTTPRoute of Gateway `eg` for one host name. `rules` is the YAML of its list of rules; `more` further fields of its `spec`.
 * The name may be `namespace/name`.
 */
export function httpRoute(name: string, hostname: string, rules: string, more = ""): string {
  const [namespace, plain] = name.includes("/") ? name.split("/") : ["default", name];
  return `---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: ${plain}, namespace: ${namespace} }
spec:
  parentRefs: [{ name: eg, namespace: default }]
  hostnames: [${JSON.stringify(hostname)}]
${indent(more, 2)}
  rules:
${indent(rules, 4)}
`;
}

/** Moves a block of YAML so far to the right that its first line begins at a column. */
export function indent(block: string, column: number): string {
  const lines = block.split("\n").filter((line) => line.trim() !== "");
  const own = Math.min(...lines.map((line) => line.length - line.trimStart().length));
  return lines.map((line) => " ".repeat(column) + line.slice(own)).join("\n");
}
