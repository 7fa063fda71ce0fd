import { CountNode } from "./count-node.ts";
import { DeriveNode } from "./derive-node.ts";
import { ExpandNode } from "./expand-node.ts";
import { GroupNode } from "./group-node.ts";
import { IndexNode } from "./index-node.ts";
import { CollectionNode, type GraphNode, type Place } from "./node.ts";
import { traceToSources } from "./provenance.ts";
import { ReadingNode } from "./reading-node.ts";
import { Recorder } from "./recorder.ts";
import { Scope } from "./scope.ts";
import { SourceNode } from "./source-node.ts";
import type * as types from "./types.ts";
import { UnionNode } from "./union-node.ts";
import { Watchers } from "./watchers.ts";

/**
 * A graph of keyed collections: sources, written from outside, and collections derived from them by pure functions. A commit computes
 * what follows from the writes since the last one, and nothing else. Collections are evaluated in the order of their definition.
 *
 * Defining a collection throws if its name is taken, if an input belongs to another graph, or while a commit computes.
 */
export class Graph {
  readonly #scope = new Scope();
  readonly #recorder = new Recorder();
  readonly #nodes = new Map<string, GraphNode>();
  readonly #watchers = new Watchers();
  #revision = 0;

  /** Adds a collection that is written from outside. */
  source<T>(name: string, options: types.SourceOptions<T> = {}): types.Source<T> {
    return this.#add(new SourceNode(this.#place(name), options.equal));
  }

  /** Adds a collection with (at most) one entry per entry of another, under the same key. */
  derive<T, U>(options: types.DeriveOptions<T, U>): types.Collection<U> {
    return this.#add(new DeriveNode(this.#place(options.name), this.#recorder, this.#own(options.from), options));
  }

  /** Adds a collection with any number of entries per entry of another. */
  expand<T, U>(options: types.ExpandOptions<T, U>): types.Collection<U> {
    return this.#add(new ExpandNode(this.#place(options.name), this.#recorder, this.#own(options.from), options));
  }

  /** Adds an index: entries of a collection by other keys, to be read with `ctx.lookup`. */
  index<T>(options: types.IndexOptions<T>): types.Index<T> {
    return this.#add(new IndexNode(this.#place(options.name), this.#own(options.from), options));
  }

  /** Adds a collection with one entry per group of entries of another. */
  group<T, U>(options: types.GroupOptions<T, U>): types.Collection<U> {
    return this.#add(new GroupNode(this.#place(options.name), this.#recorder, this.#own(options.from), options));
  }

  /** Adds a collection with the number of another's entries per group. */
  count<T>(options: types.CountOptions<T>): types.Collection<number> {
    return this.#add(new CountNode(this.#place(options.name), this.#own(options.from), options));
  }

  /** Adds a collection with the entries of several others. */
  union<T>(options: types.UnionOptions<T>): types.Collection<T> {
    const from = options.from.map((each) => this.#own(each));
    return this.#add(new UnionNode(this.#place(options.name), from));
  }

  /**
   * Applies what was written to sources, computes what follows from it, and then tells the watchers. Never throws for a user's function:
   * what those throw is in the report. Throws if called while a commit runs; what a watcher writes waits for the next commit.
   */
  commit(): types.CommitReport {
    if (this.#scope.phase !== "idle") throw new Error("commit() was called while a commit runs");
    this.#scope.phase = "computing";
    for (const node of this.#nodes.values()) if (node.hasWork) node.run();
    const report = this.#report();
    const deliveries = this.#watchers.prepare();
    for (const node of this.#nodes.values()) node.settle();
    this.#scope.phase = "delivering";
    for (const deliver of deliveries) {
      const failure = deliver();
      if (failure) report.failures.push(failure);
    }
    this.#scope.phase = "idle";
    return report;
  }

  /**
   * Calls `listener` after each commit that changed the collection, with the net changes sorted by key. By then all collections show
   * the new state. Returns a function that ends it. The entries that are there already are not told.
   */
  watch<T>(collection: types.Collection<T>, listener: (changes: readonly types.Change<T>[]) => void): () => void {
    return this.#watchers.add(this.#own(collection), listener);
  }

  /** Source entries that an entry derives from, those that were looked for and are absent included; sorted by collection and key. */
  provenance<T>(collection: types.Collection<T>, key: string): readonly types.SourceEntry[] {
    return traceToSources(this.#own(collection), key);
  }

  /** Failures that stand: functions that threw when they last ran for an entry that is still there. */
  failures(): readonly types.Failure[] {
    return [...this.#nodes.values()].flatMap((node) => [...node.failures()]);
  }

  /** What the graph consists of, in the order of evaluation. Walks all recorded reads: for people, not for every commit. */
  dump(): readonly types.NodeDump[] {
    return Array.from(this.#nodes.values(), (node) => this.#dumpOf(node));
  }

  #dumpOf(node: GraphNode): types.NodeDump {
    const reads = new Set<string>();
    let recordedReads = 0;
    for (const point of node instanceof ReadingNode ? node.recordedReads() : []) {
      reads.add(point.owner.node.name);
      recordedReads++;
    }
    return {
      name: node.name,
      kind: node.kind,
      size: node.size,
      from: node.from.map((each) => each.name),
      reads: [...reads].sort(),
      recordedReads,
      readKeys: node.points.size,
      records: node.records,
      shadowed: node.shadowed,
      failing: [...node.failures()].length,
      watchers: this.#watchers.countOf(node),
    };
  }

  #report(): types.CommitReport & { failures: types.Failure[] } {
    const computed = new Map<string, number>();
    const emitted = new Map<string, number>();
    const failures: types.Failure[] = [];
    for (const node of this.#nodes.values()) {
      if (node.computed > 0) computed.set(node.name, node.computed);
      if (node.emitted > 0) emitted.set(node.name, node.emitted);
      for (const failure of node.threw) failures.push(failure);
    }
    this.#revision++;
    return { revision: this.#revision, computed, emitted, failures };
  }

  #place(name: string): Place {
    if (this.#scope.phase === "computing") throw new Error(`${name} cannot be defined while a commit computes`);
    if (this.#nodes.has(name)) throw new Error(`there is a collection or index named ${name} already`);
    return { name, scope: this.#scope, order: this.#nodes.size };
  }

  #add<N extends GraphNode>(node: N): N {
    this.#nodes.set(node.name, node);
    return node;
  }

  #own<T>(collection: types.Collection<T>): CollectionNode<T> {
    if (!(collection instanceof CollectionNode) || collection.scope !== this.#scope)
      throw new Error(`${collection.name} does not belong to this graph`);
    return collection;
  }
}
