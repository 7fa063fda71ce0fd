import type { KubeObject } from "../../api/object.ts";

/** Groups of the kinds that are kept only as far as something refers to them. */
const groups: Readonly<Record<string, string>> = {
  Secret: "",
  ConfigMap: "",
  Service: "",
  ServiceImport: "multicluster.x-k8s.io",
};

/** Their `name` says what may be referred to, and is no reference itself. */
const permissions: ReadonlySet<string> = new Set(["ReferenceGrant"]);

/** An object that others refer to, as a text that tells it apart: `Secret/shop/tls`. */
export type TargetId = string;

export function targetId(kind: string, namespace: string, name: string): TargetId {
  return `${kind}/${namespace}/${name}`;
}

export function partsOf(target: TargetId): {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
} {
  const [kind = "", namespace = "", name = ""] = target.split("/");
  return { kind, namespace, name };
}

/**
 * Everything an object refers to among Secrets, ConfigMaps, Services and ServiceImports: whatever has a `kind` and a `name`, wherever it
 * stands. No policy and no route is known here: admitted objects have the default kinds of references filled in, so a field that is added
 * later is followed, too. Whether a reference is permitted is decided where it is used.
 */
export function referencesIn(object: KubeObject): readonly TargetId[] {
  if (permissions.has(object.kind)) return [];
  return referencesBelow(object.spec, object.metadata.namespace ?? "");
}

/** The same for any value; `namespace` is that of references that name none. */
export function referencesBelow(value: unknown, namespace: string): readonly TargetId[] {
  const found = new Set<TargetId>();
  visit(value, namespace, found);
  return [...found];
}

function visit(value: unknown, namespace: string, found: Set<TargetId>): void {
  if (typeof value !== "object" || value === null) return;
  if (Array.isArray(value)) {
    for (const item of value) visit(item, namespace, found);
    return;
  }
  const fields = value as Readonly<Record<string, unknown>>;
  const { kind, name, group } = fields;
  if (typeof kind === "string" && typeof name === "string" && groups[kind] === (group ?? "")) {
    const of = typeof fields["namespace"] === "string" ? fields["namespace"] : namespace;
    if (of !== "") found.add(targetId(kind, of, name));
  }
  for (const field in fields) visit(fields[field], namespace, found);
}

/** Told when the first reference to an object appears and when the last is gone. */
export interface ReferenceWatcher {
  wanted(target: TargetId): void;
  unwanted(target: TargetId): void;
}

interface Target {
  readonly id: TargetId;
  count: number;
}

const none: readonly Target[] = [];

/** Who refers to what. A change costs as much as the references of the object that changed. */
export class References {
  readonly #watcher: ReferenceWatcher;
  readonly #targets = new Map<TargetId, Target>();
  readonly #byReferrer = new Map<string, readonly Target[]>();

  constructor(watcher: ReferenceWatcher) {
    this.#watcher = watcher;
  }

  isWanted(target: TargetId): boolean {
    return this.#targets.has(target);
  }

  /** All that is referred to. */
  targets(): Iterable<TargetId> {
    return this.#targets.keys();
  }

  /** Notes what a referrer refers to now; none when it is gone. */
  set(referrer: string, ids: readonly TargetId[]): void {
    const former = this.#byReferrer.get(referrer) ?? none;
    if (former.length === 0 && ids.length === 0) return;
    const next = ids.map((id) => this.#hold(id));
    if (next.length === 0) this.#byReferrer.delete(referrer);
    else this.#byReferrer.set(referrer, next);
    for (const target of former) this.#release(target);
  }

  #hold(id: TargetId): Target {
    const known = this.#targets.get(id);
    const target = known ?? { id, count: 0 };
    target.count += 1;
    if (known === undefined) {
      this.#targets.set(id, target);
      this.#watcher.wanted(id);
    }
    return target;
  }

  #release(target: Target): void {
    target.count -= 1;
    if (target.count > 0) return;
    this.#targets.delete(target.id);
    this.#watcher.unwanted(target.id);
  }
}
