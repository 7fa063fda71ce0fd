import type { CollectionNode, GraphNode } from "./node.ts";
import type { Change, Failure } from "./types.ts";

/** Calls a watcher with what its collection's commit changed; returns what the watcher threw, if it did. */
type Delivery = () => Failure | undefined;

interface Watcher {
  /** Calls the listener with the changes of the running commit, later. */
  prepare(): Delivery;
  readonly node: GraphNode;
}

/** Who wants to hear of changes. */
export class Watchers {
  readonly #watchers = new Set<Watcher>();

  add<T>(node: CollectionNode<T>, listener: (changes: readonly Change<T>[]) => void): () => void {
    const prepare = (): Delivery => {
      const changes = node.changes();
      return () => {
        if (!this.#watchers.has(watcher)) return undefined;
        try {
          listener(changes);
          return undefined;
        } catch (error) {
          return { collection: node.name, key: "", error };
        }
      };
    };
    const watcher: Watcher = { node, prepare };
    this.#watchers.add(watcher);
    return () => void this.#watchers.delete(watcher);
  }

  countOf(node: GraphNode): number {
    let count = 0;
    for (const watcher of this.#watchers) if (watcher.node === node) count++;
    return count;
  }

  /** Takes down what the running commit has to tell whom, in the order in which they began to watch. */
  prepare(): Delivery[] {
    const deliveries: Delivery[] = [];
    for (const watcher of this.#watchers) if (watcher.node.emitted > 0) deliveries.push(watcher.prepare());
    return deliveries;
  }
}
