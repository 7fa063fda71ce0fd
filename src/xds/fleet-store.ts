import type { FleetChange, ResourceChange } from "../translate/resources.ts";
import { clusterEntryOf, type Entry, emptyAssignment, entryOf, sameContent } from "./entry.ts";
import type { ResourceType, TableType } from "./resource-types.ts";
import { RouteTable, tableHead } from "./route-table.ts";
import { tableFormats } from "./table-format.ts";
import { HashSum } from "./version.ts";
import type { Parts } from "./wire.ts";

/** One difference between the store before and after an update. */
export interface StoreChange {
  readonly type: ResourceType;
  /** Of a route table's head or virtual host: the table. */
  readonly table?: string;
  readonly name: string;
  readonly previous: Entry | undefined;
  readonly current: Entry | undefined;
}

/** The types whose resources stand for themselves; the others are kept as tables. */
export type PlainType = Exclude<ResourceType, TableType>;

/** A response ready to be written. */
export interface BuiltResponse {
  readonly nonce: string;
  readonly version: string;
  readonly message: Parts;
}

const emptyTable = new RouteTable();

/** The newest resources of one fleet. An update costs as much as it changes. */
export class FleetStore {
  readonly #plain: Readonly<Record<PlainType, Map<string, Entry>>> = {
    cluster: new Map(),
    endpoint: new Map(),
    listener: new Map(),
    secret: new Map(),
  };
  readonly #tables: Readonly<Record<TableType, Map<string, RouteTable>>> = { route: new Map(), extension: new Map() };
  /** Endpoints as given; `#plain.endpoint` has empty ones besides, for EDS clusters that lack them. */
  readonly #givenEndpoints = new Map<string, Entry>();
  readonly #edsUsers = new Map<string, number>();
  readonly #clusterUses = new Map<string, number>();
  readonly #partUses = new Map<string, number>();
  readonly #suspects = new Map<string, string>();
  /** The last response with nothing but one whole table, as long as someone else holds it: up to a megabyte each. */
  readonly #shared = new Map<string, WeakRef<BuiltResponse>>();
  #nonce = 0;

  /** A nonce no other response to this fleet has. */
  nextNonce(): string {
    this.#nonce++;
    return String(this.#nonce);
  }

  /** A response that brings this table as it is in the store, built for another Envoy of the fleet. */
  sharedResponse(type: TableType, table: string): BuiltResponse | undefined {
    return this.#shared.get(`${type}|${table}`)?.deref();
  }

  shareResponse(type: TableType, table: string, response: BuiltResponse): void {
    this.#shared.set(`${type}|${table}`, new WeakRef(response));
  }

  resources(type: PlainType): ReadonlyMap<string, Entry> {
    return this.#plain[type];
  }

  /** Content version of all resources of a type together. */
  fullVersion(type: PlainType): string {
    const sum = new HashSum();
    for (const entry of this.#plain[type].values()) sum.add(entry.hash);
    return sum.version();
  }

  /** The table of this name; an empty one without head when there is none. */
  table(name: string, type: TableType = "route"): RouteTable {
    return this.#tables[type].get(name) ?? emptyTable;
  }

  tableNames(): Iterable<string> {
    return this.#tables.route.keys();
  }

  /** Whether a virtual host in the store refers to this part of an extension. */
  isPartUsed(part: string): boolean {
    return this.#partUses.has(part);
  }

  /** Whether a listener, table, virtual host or part of an extension in the store uses this cluster. */
  isClusterUsed(name: string): boolean {
    return this.#clusterUses.has(name);
  }

  /** Remembers that some Envoy refused this content, so that others get it apart from everything else. */
  suspect(type: ResourceType, table: string | undefined, name: string, version: string): void {
    this.#suspects.set(suspectKey(type, table, name), version);
  }

  isSuspect(type: ResourceType, table: string | undefined, name: string, version: string): boolean {
    if (this.#suspects.size === 0) return false;
    return this.#suspects.get(suspectKey(type, table, name)) === version;
  }

  /** Everything that was given, as a change that adds it; empty endpoints made up here are left out. */
  contents(): FleetChange {
    const added = (entries: Iterable<Entry>): ResourceChange[] =>
      [...entries].map((value) => ({ name: value.name, value }));
    const tables = [...this.#tables.route];
    const extensions = [...this.#tables.extension];
    return {
      cluster: added(this.#plain.cluster.values()),
      endpoint: added(this.#givenEndpoints.values()),
      listener: added(this.#plain.listener.values()),
      secret: added(this.#plain.secret.values()),
      route: tables.flatMap(([name, table]) => headOf(name, table)),
      virtualHost: tables.flatMap(([table, content]) =>
        [...content.hosts()].map((host) => ({ table, name: host.name, value: { ...host, table } })),
      ),
      extension: extensions.flatMap(([name, table]) => headOf(name, table)),
      extensionPart: extensions.flatMap(([extension, content]) =>
        [...content.hosts()].map((part) => ({ extension, name: part.name, value: { ...part, extension } })),
      ),
    };
  }

  /** Takes in what changed; returns what differs now, endpoints made up for clusters without any included. */
  apply(change: FleetChange): readonly StoreChange[] {
    const changes: StoreChange[] = [];
    const endpoints = new Set<string>();
    for (const each of change.cluster ?? []) this.#setCluster(each, changes, endpoints);
    for (const each of change.endpoint ?? []) {
      setOrDelete(this.#givenEndpoints, each.name, each.value && entryOf(each.name, each.value));
      endpoints.add(each.name);
    }
    for (const name of endpoints) this.#settleEndpoint(name, changes);
    for (const each of change.secret ?? []) this.#setPlain("secret", each, changes);
    for (const each of change.listener ?? []) this.#setPlain("listener", each, changes);
    for (const each of change.extension ?? []) this.#setHead("extension", each, changes);
    for (const each of change.extensionPart ?? []) this.#setInTable("extension", each.extension, each, changes);
    for (const each of change.route ?? []) this.#setHead("route", each, changes);
    for (const each of change.virtualHost ?? []) this.#setInTable("route", each.table, each, changes);
    for (const each of changes) this.#suspects.delete(suspectKey(each.type, each.table, each.name));
    return changes;
  }

  #setCluster(change: ResourceChange, changes: StoreChange[], endpoints: Set<string>): void {
    const previous = this.#plain.cluster.get(change.name);
    const current = change.value && clusterEntryOf(change.name, change.value);
    this.#replacePlain("cluster", change.name, previous, current, changes);
    for (const [entry, by] of [[previous, -1] as const, [current, 1] as const]) {
      if (entry?.eds === undefined) continue;
      count(this.#edsUsers, entry.eds, by);
      endpoints.add(entry.eds);
    }
  }

  #settleEndpoint(name: string, changes: StoreChange[]): void {
    const given = this.#givenEndpoints.get(name);
    const current = given ?? (this.#edsUsers.has(name) ? emptyAssignment(name) : undefined);
    this.#replacePlain("endpoint", name, this.#plain.endpoint.get(name), current, changes);
  }

  #setPlain(type: PlainType, change: ResourceChange, changes: StoreChange[]): void {
    const current = change.value && entryOf(change.name, change.value);
    this.#replacePlain(type, change.name, this.#plain[type].get(change.name), current, changes);
  }

  #replacePlain(
    type: PlainType,
    name: string,
    previous: Entry | undefined,
    current: Entry | undefined,
    changes: StoreChange[],
  ): void {
    setOrDelete(this.#plain[type], name, current);
    if (type === "listener") this.#countUses(previous, current);
    if (!sameContent(previous, current)) changes.push({ type, name, previous, current });
  }

  #setHead(type: TableType, { name, value }: ResourceChange, changes: StoreChange[]): void {
    this.#setInTable(type, name, { name: tableHead, value }, changes);
  }

  #setInTable(type: TableType, table: string, { name, value }: ResourceChange, changes: StoreChange[]): void {
    const tables = this.#tables[type];
    const current = value && entryOf(name, value);
    const kept = tables.get(table) ?? new RouteTable(tableFormats[type]);
    const previous = kept.get(name);
    kept.set(name, current);
    if (kept.size === 0 && kept.get(tableHead) === undefined) {
      tables.delete(table);
      this.#shared.delete(`${type}|${table}`);
    } else tables.set(table, kept);
    this.#countUses(previous, current);
    if (!sameContent(previous, current)) changes.push({ type, table, name, previous, current });
  }

  #countUses(previous: Entry | undefined, current: Entry | undefined): void {
    for (const cluster of previous?.clusters ?? []) count(this.#clusterUses, cluster, -1);
    for (const cluster of current?.clusters ?? []) count(this.#clusterUses, cluster, 1);
    for (const part of previous?.extensions ?? []) count(this.#partUses, part, -1);
    for (const part of current?.extensions ?? []) count(this.#partUses, part, 1);
  }
}

function headOf(name: string, table: RouteTable): ResourceChange[] {
  const head = table.get(tableHead);
  return head === undefined ? [] : [{ name, value: { ...head, name } }];
}

function suspectKey(type: ResourceType, table: string | undefined, name: string): string {
  return `${type}\n${table ?? ""}\n${name}`;
}

function setOrDelete<T>(map: Map<string, T>, key: string, value: T | undefined): void {
  if (value === undefined) map.delete(key);
  else map.set(key, value);
}

function count(counts: Map<string, number>, key: string, by: number): void {
  const next = (counts.get(key) ?? 0) + by;
  if (next === 0) counts.delete(key);
  else counts.set(key, next);
}
