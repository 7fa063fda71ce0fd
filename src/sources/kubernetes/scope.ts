import type { ObjectKey } from "../../api/object.ts";
import type { KubernetesWatchMode } from "../../api/v1alpha1/envoygateway/kubernetes-provider.ts";
import { matchesSelector } from "../../translate/label-selector.ts";

/** Namespace in an object's key; empty for objects without one. */
export function namespaceOf(key: ObjectKey): string {
  const slash = key.indexOf("/");
  return slash < 0 ? "" : key.slice(0, slash);
}

/** Whether an object's namespace is part of a scope: one namespace, or (`undefined`) all. */
export function isWithin(namespace: string, scope: string | undefined): boolean {
  return scope === undefined || scope === namespace;
}

/**
 * Which namespaces' objects are looked at (`watch` of the configuration). The control plane's own is always one of them; objects that
 * belong to no namespace are always seen.
 */
export class Scope {
  /** What is watched: these namespaces, or (`[undefined]`) all at once. */
  readonly namespaces: readonly (string | undefined)[];
  readonly #selector: KubernetesWatchMode["namespaceSelector"];
  readonly #listed: ReadonlySet<string> | undefined;
  readonly #own: string;
  readonly #selected = new Set<string>();

  constructor(mode: KubernetesWatchMode | undefined, own: string) {
    this.#own = own;
    this.#selector = mode?.type === "NamespaceSelector" ? mode.namespaceSelector : undefined;
    this.#listed = mode?.type === "Namespaces" ? new Set([...(mode.namespaces ?? []), own]) : undefined;
    this.namespaces = this.#listed ? [...this.#listed].sort() : [undefined];
  }

  /** Whether labels of namespaces decide, so that they have to be known first. */
  get isSelective(): boolean {
    return this.#selector !== undefined;
  }

  isVisible(namespace: string): boolean {
    if (namespace === "" || namespace === this.#own) return true;
    if (this.#listed) return this.#listed.has(namespace);
    return this.#selector === undefined || this.#selected.has(namespace);
  }

  /** Takes a namespace's labels, none when it is gone; tells whether it came into sight, went out of it, or neither. */
  noteLabels(
    namespace: string,
    labels: Readonly<Record<string, string>> | undefined,
  ): "appeared" | "vanished" | undefined {
    if (this.#selector === undefined) return undefined;
    const wasVisible = this.isVisible(namespace);
    if (labels !== undefined && matchesSelector(this.#selector, labels)) this.#selected.add(namespace);
    else this.#selected.delete(namespace);
    const isVisible = this.isVisible(namespace);
    if (wasVisible === isVisible) return undefined;
    return isVisible ? "appeared" : "vanished";
  }
}
