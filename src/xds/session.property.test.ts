import fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { FleetChange } from "../translate/resources.ts";
import type { Protocol } from "./channel.ts";
import { FleetStore } from "./fleet-store.ts";
import type { Rejection } from "./rejection.ts";
import { tableHead } from "./route-table.ts";
import { Session } from "./session.ts";
import { EnvoyModel } from "./testing/envoy-model.ts";
import { type ModelContent, modelHost, modelResource, readContent } from "./testing/model-resources.ts";
import { FieldReader } from "./wire.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const clusterNames = ["c0", "c1", "c2", "c3", "c4"];
const tables = ["t0", "t1"];
const graceMs = 50;

/** One step: a change of the store, or something that happens between Envoy and server. */
type Step =
  | { readonly do: "change"; readonly change: FleetChange }
  | { readonly do: "request" | "response" | "exchange" | "reconnect" }
  | { readonly do: "wait"; readonly ms: number };

const salt = fc.constantFrom("", "x", "y");
const isBad = fc.integer({ min: 0, max: 11 }).map((value) => value === 0);
const clusterName = fc.constantFrom(...clusterNames);
const isGone = fc.integer({ min: 0, max: 3 }).map((value) => value === 0);

const clusterChange = fc.record({ name: clusterName, salt, isBad, isGone }).map(({ name, isGone, ...given }) => ({
  name,
  value: isGone ? undefined : modelResource(name, { ...given, isEds: true }),
}));
const endpointChange = fc.record({ name: clusterName, salt, isGone }).map(({ name, isGone, ...given }) => ({
  name,
  value: isGone ? undefined : modelResource(name, given),
}));
const hostChange = fc
  .record({
    table: fc.constantFrom(...tables),
    name: fc.constantFrom("h0", "h1", "h2", "h3", "h4", "h5"),
    salt,
    isBad,
    isGone,
    clusters: fc.uniqueArray(clusterName, { maxLength: 2 }),
  })
  .map(({ table, name, isGone, ...given }) => ({
    table,
    name,
    value: isGone ? undefined : modelHost(table, name, given),
  }));
const headChange = fc
  .record({ name: fc.constantFrom(...tables), salt, isBad, isGone })
  .map(({ name, isGone, ...given }) => ({
    name,
    value: isGone ? undefined : modelResource(name, given),
  }));
const listenerChange = fc
  .record({
    name: fc.constantFrom("l0", "l1", "l2"),
    table: fc.constantFrom("", ...tables),
    salt,
    isBad,
    isGone,
    clusters: fc.uniqueArray(clusterName, { maxLength: 1 }),
  })
  .map(({ name, isGone, ...given }) => ({ name, value: isGone ? undefined : modelResource(name, given) }));

/** Each name at most once a type, as in a commit. */
function byName<T extends { readonly name: string; readonly table?: string }>(one: fc.Arbitrary<T>, maxLength: number) {
  return fc.uniqueArray(one, { maxLength, selector: (change) => `${change.table ?? ""}/${change.name}` });
}

const change: fc.Arbitrary<Step> = fc
  .record({
    cluster: byName(clusterChange, 4),
    endpoint: byName(endpointChange, 3),
    virtualHost: byName(hostChange, 6),
    route: byName(headChange, 1),
    listener: byName(listenerChange, 2),
  })
  .map((value) => ({ do: "change", change: value }));

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: change },
  { weight: 6, arbitrary: fc.constant<Step>({ do: "request" }) },
  { weight: 6, arbitrary: fc.constant<Step>({ do: "response" }) },
  { weight: 1, arbitrary: fc.constant<Step>({ do: "reconnect" }) },
  { weight: 3, arbitrary: fc.constant<Step>({ do: "exchange" }) },
  { weight: 2, arbitrary: fc.constantFrom(10, graceMs, 2_000).map((ms): Step => ({ do: "wait", ms })) },
);

/** Everything in place and in use, so that what follows is about change. */
const wellServed: FleetChange = {
  cluster: clusterNames.map((name) => ({ name, value: modelResource(name, { isEds: true }) })),
  endpoint: clusterNames.map((name) => ({ name, value: modelResource(name) })),
  listener: tables.map((table) => ({ name: `l-${table}`, value: modelResource(`l-${table}`, { table }) })),
  route: tables.map((name) => ({ name, value: modelResource(name) })),
  virtualHost: tables.flatMap((table) =>
    clusterNames.map((cluster, index) => ({
      table,
      name: `h${index}`,
      value: modelHost(table, `h${index}`, { clusters: [cluster] }),
    })),
  ),
};

class World {
  readonly store = new FleetStore();
  readonly model: EnvoyModel;
  readonly rejected: Rejection[] = [];
  session: Session;

  constructor(protocol: Protocol) {
    this.model = new EnvoyModel(protocol);
    this.session = this.#open();
    this.model.connect();
  }

  run(action: Step): void {
    if (action.do === "change") {
      this.session.changed(this.store.apply(action.change));
      this.session.pump();
    } else if (action.do === "request") this.model.deliverRequest(this.session);
    else if (action.do === "response") this.model.deliverResponse();
    else if (action.do === "exchange") this.#exchange();
    else if (action.do === "wait") vi.advanceTimersByTime(action.ms);
    else this.reconnect();
  }

  reconnect(): void {
    this.session.detach(this.model);
    this.session = this.#open();
    this.model.connect();
  }

  /** Lets everything happen that is still to happen. */
  settle(): void {
    for (let round = 0; round < 20; round++) {
      this.#exchange();
      vi.advanceTimersByTime(2_000);
    }
    expect(this.model.inbox).toEqual([]);
  }

  #exchange(): void {
    for (let moved = true, moves = 0; moved; moves++) {
      if (moves > 2_000) throw new Error("it never gets quiet");
      moved = this.model.deliverRequest(this.session) || this.model.deliverResponse();
    }
  }

  #open(): Session {
    return new Session({
      fleet: "f",
      node: "n",
      store: this.store,
      graceMs,
      tableWaitMs: 100,
      onSent: () => undefined,
      onRefused: () => undefined,
      onRejected: (rejection) => this.rejected.push(rejection),
      onRecovered: (rejection) => {
        const index = this.rejected.indexOf(rejection);
        if (index < 0) throw new Error(`recovered without a rejection: ${rejection.name}`);
        this.rejected.splice(index, 1);
      },
    });
  }
}

function contentOf(bytes: Uint8Array | undefined): ModelContent {
  return readContent(new FieldReader(Buffer.from(bytes ?? [])));
}

/** What must have been reported as refused, and what may have been: a content still held back keeps the old verdict. */
class Expected {
  readonly told = new Set<string>();
  readonly allowed = new Set<string>();

  verdict(what: string, content: ModelContent, canGo: boolean): boolean {
    if (content.isBad || !canGo) this.allowed.add(what);
    if (content.isBad && canGo) this.told.add(what);
    return canGo && !content.isBad;
  }
}

/** The Envoy has the store's state, save for what it refuses and what depends on that. */
function expectSameState({ store, model, rejected }: World): void {
  const expected = new Expected();
  const canGo = (content: ModelContent) => content.clusters.every((cluster) => model.clusters.has(cluster));
  const isRefused = (cluster: string) => contentOf(store.resources("cluster").get(cluster)?.bytes).isBad;
  const canListen = ({ clusters }: ModelContent) =>
    clusters.every((cluster) => model.clusters.has(cluster) || isRefused(cluster));
  for (const [name, entry] of store.resources("cluster")) {
    const content = contentOf(entry.bytes);
    if (expected.verdict(`cluster/${name}/`, content, true)) expect(model.clusters.get(name), name).toEqual(content);
  }
  for (const [name, entry] of store.resources("endpoint")) {
    if (model.clusters.has(name))
      expect(model.endpoints.get(name), `endpoints ${name}`).toEqual(contentOf(entry.bytes));
  }
  for (const [name, entry] of store.resources("listener")) {
    const content = contentOf(entry.bytes);
    const isGood = expected.verdict(`listener/${name}/`, content, canListen(content));
    if (isGood) expect(model.listeners.get(name), name).toEqual(content);
  }
  for (const name of model.listeners.keys()) expect(store.resources("listener").has(name), name).toBe(true);
  for (const name of store.tableNames()) checkTable(name, store, model, expected, canGo);
  const refused = new Set(rejected.map(({ type, name, virtualHost }) => `${type}/${name}/${virtualHost ?? ""}`));
  for (const each of refused) expect(expected.allowed, "refused without a reason").toContain(each);
  for (const each of expected.told) expect(refused, "not told").toContain(each);
  const users = [...model.listeners.values(), ...[...model.tables.values()].flatMap((table) => table.hosts)];
  // What an Envoy keeps of a table that cannot be sent, because its head is gone or refused, may use anything.
  const isAnyUnknown = [...model.tables.keys()].some((name) => !hasGoodHead(store, name));
  const isUsed = (cluster: string) =>
    isAnyUnknown || store.isClusterUsed(cluster) || users.some((user) => user.clusters.includes(cluster));
  for (const name of model.clusters.keys()) {
    if (!store.resources("cluster").has(name)) expect(isUsed(name), `${name} should be gone`).toBe(true);
  }
}

function hasGoodHead(store: FleetStore, table: string): boolean {
  const head = store.table(table).get(tableHead);
  return head !== undefined && !contentOf(head.bytes).isBad;
}

function checkTable(
  name: string,
  store: FleetStore,
  model: EnvoyModel,
  expected: Expected,
  canGo: (content: ModelContent) => boolean,
): void {
  const table = store.table(name);
  const received = model.tables.get(name);
  const isWanted = [...model.listeners.values()].some((listener) => listener.table === name);
  const head = table.get(tableHead);
  const isServed = head !== undefined && hasGoodHead(store, name);
  if (head !== undefined) expected.verdict(`route/${name}/`, contentOf(head.bytes), isWanted);
  if (isServed && isWanted) expect(received?.content, `table ${name}`).toEqual(contentOf(head.bytes));
  const had = new Map(received?.hosts.map((host) => [host.name, host]));
  expect(had.size, "each host once").toBe(received?.hosts.length ?? 0);
  for (const host of table.names()) {
    if (host === tableHead) continue;
    const content = contentOf(table.get(host)?.bytes);
    const isGood = expected.verdict(`route/${name}/${host}`, content, isServed && isWanted && canGo(content));
    if (isGood) expect(had.get(host), `host ${name}/${host}`).toEqual(content);
  }
  if (!isServed) return;
  for (const host of had.keys()) expect(table.get(host), `host ${name}/${host}`).toBeDefined();
}

test.each(["delta", "sotw"] as const)(
  "whatever changes, is delayed or refused, Envoy ends with the newest good state and never routes to a cluster it lacks (%s)",
  (protocol) => {
    fc.assert(
      fc.property(fc.boolean(), fc.array(step, { maxLength: 60 }), (isServed, steps) => {
        vi.clearAllTimers();
        const world = new World(protocol);
        if (isServed) {
          world.run({ do: "change", change: wellServed });
          world.settle();
        }
        // A state-of-the-world response has no way to keep a cluster whose content only an earlier stream knew.
        const allowed = protocol === "sotw" ? steps.filter((each) => each.do !== "reconnect") : steps;
        for (const each of allowed) world.run(each);
        world.settle();
        expectSameState(world);
      }),
      { numRuns: Number(process.env["XDS_RUNS"] ?? 300) },
    );
  },
  120_000,
);
