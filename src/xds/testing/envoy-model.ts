import type { Outlet, Protocol } from "../channel.ts";
import type { DiscoveryRequest } from "../messages.ts";
import { type ResourceType, typeUrls } from "../resource-types.ts";
import type { Session } from "../session.ts";
import { FieldReader, type Parts } from "../wire.ts";
import { decodeResponse, type ModelContent, type ReceivedResource, type ReceivedResponse } from "./model-resources.ts";

const types = Object.keys(typeUrls) as ResourceType[];

interface TypeState {
  nonce: string;
  /** Version of the last accepted response. */
  version: string;
  readonly versions: Map<string, string>;
  readonly names: Set<string>;
}

/**
 * An Envoy as far as discovery goes, without network: subscribes, waits for endpoints of new and changed clusters,
 * withholds acknowledgements of clusters meanwhile, refuses whole responses, and complains (throws) when it is led to
 * a state in which it would answer 503. Messages wait in both directions until the test moves them.
 */
export class EnvoyModel implements Outlet {
  isBlocked = false;
  readonly inbox: Buffer[] = [];
  readonly outbox: { readonly type: ResourceType; readonly request: DiscoveryRequest }[] = [];
  readonly clusters = new Map<string, ModelContent>();
  readonly endpoints = new Map<string, ModelContent>();
  readonly listeners = new Map<string, ModelContent>();
  readonly secrets = new Map<string, ModelContent>();
  readonly tables = new Map<string, ReceivedResource>();
  /** Responses received, by type. */
  readonly received = new Map<ResourceType, number>();
  refusals = 0;
  readonly #protocol: Protocol;
  readonly #types = new Map<ResourceType, TypeState>();
  readonly #warming = new Map<string, ModelContent>();
  readonly #refusedClusters = new Set<string>();
  #heldAck: { readonly nonce: string; readonly version: string } | undefined;

  constructor(protocol: Protocol) {
    this.#protocol = protocol;
    for (const type of types) this.#types.set(type, { nonce: "", version: "", versions: new Map(), names: new Set() });
  }

  write(message: Parts): boolean {
    this.inbox.push(message.join());
    return true;
  }

  /** Begins a stream, the first or a later one. */
  connect(): void {
    this.inbox.length = 0;
    this.outbox.length = 0;
    this.#heldAck = undefined;
    for (const [name, content] of this.#warming) {
      if (this.endpoints.has(name)) this.#activate(name, content);
    }
    for (const type of types) {
      const state = this.#state(type);
      state.nonce = "";
      const isNamed = type !== "cluster" && type !== "listener";
      if (isNamed && state.names.size === 0) continue;
      this.#ask(type, { names: [...state.names], initialVersions: new Map(state.versions), version: state.version });
    }
  }

  /** Delivers the oldest request to the session. */
  deliverRequest(session: Session): boolean {
    const next = this.outbox.shift();
    if (next === undefined) return false;
    session.receive(next.type, next.request, this, this.#protocol);
    return true;
  }

  /** Takes in the oldest response. */
  deliverResponse(): boolean {
    const message = this.inbox.shift();
    if (message === undefined) return false;
    const response = decodeResponse(new FieldReader(message), this.#protocol === "delta");
    const type = types.find((each) => typeUrls[each] === response.typeUrl);
    if (type === undefined) throw new Error(`unknown type ${response.typeUrl}`);
    this.received.set(type, (this.received.get(type) ?? 0) + 1);
    this.#state(type).nonce = response.nonce;
    const refused = badOnes(response);
    if (refused !== "") {
      if (type === "cluster")
        for (const { name, content } of response.resources) if (content.isBad) this.#refusedClusters.add(name);
      this.#refuse(type, response.nonce, refused);
    } else this.#accept(type, response);
    return true;
  }

  #accept(type: ResourceType, response: ReceivedResponse): void {
    const state = this.#state(type);
    state.version = response.version;
    for (const { name, version } of response.resources) state.versions.set(name, version);
    for (const name of response.removed) state.versions.delete(name);
    if (type === "cluster") this.#takeClusters(response);
    else if (type === "endpoint") this.#takeEndpoints(response);
    else if (type === "listener") this.#takeListeners(response);
    else if (type === "route") this.#takeTables(response);
    else for (const { name, content } of response.resources) this.secrets.set(name, content);
    if (type === "cluster" && this.#warming.size > 0)
      this.#heldAck = { nonce: response.nonce, version: response.version };
    else this.#acknowledge(type, response.nonce);
    this.#followClusters();
  }

  #takeClusters(response: ReceivedResponse): void {
    const named = new Set(response.resources.map((resource) => resource.name));
    const removed = this.#removedIn(response, named, [...this.clusters.keys(), ...this.#warming.keys()]);
    for (const name of removed) {
      this.clusters.delete(name);
      this.#warming.delete(name);
      this.#state("cluster").versions.delete(name);
    }
    for (const { name, content } of response.resources) {
      const present = this.#warming.get(name) ?? this.clusters.get(name);
      if (present !== undefined && JSON.stringify(present) === JSON.stringify(content)) continue;
      this.#warming.set(name, content);
    }
    this.#checkUsers();
  }

  #takeEndpoints(response: ReceivedResponse): void {
    for (const { name, content } of response.resources) {
      if (!this.#state("endpoint").names.has(name)) continue;
      this.endpoints.set(name, content);
      const warming = this.#warming.get(name);
      if (warming !== undefined) this.#activate(name, warming);
    }
  }

  #activate(name: string, content: ModelContent): void {
    this.#warming.delete(name);
    this.clusters.set(name, content);
    if (this.#warming.size > 0 || this.#heldAck === undefined) return;
    this.#acknowledge("cluster", this.#heldAck.nonce);
    this.#heldAck = undefined;
  }

  #takeListeners(response: ReceivedResponse): void {
    const named = new Set(response.resources.map((resource) => resource.name));
    for (const name of this.#removedIn(response, named, [...this.listeners.keys()])) {
      this.listeners.delete(name);
      this.#state("listener").versions.delete(name);
    }
    for (const { name, content } of response.resources) this.listeners.set(name, content);
    const tables = new Set(
      [...this.listeners.values()].map((listener) => listener.table).filter((table) => table !== ""),
    );
    this.#subscribe("route", tables);
    for (const name of this.tables.keys()) if (!tables.has(name)) this.tables.delete(name);
    this.#checkUsers();
  }

  #takeTables(response: ReceivedResponse): void {
    for (const resource of response.resources) {
      if (this.#state("route").names.has(resource.name)) this.tables.set(resource.name, resource);
    }
    this.#checkUsers();
  }

  /** Endpoints are wanted for every cluster there is; here each cluster is an EDS one of its own name. */
  #followClusters(): void {
    const wanted = new Set([...this.clusters.keys(), ...this.#warming.keys()]);
    this.#subscribe("endpoint", wanted);
    for (const name of this.endpoints.keys()) if (!wanted.has(name)) this.endpoints.delete(name);
  }

  #checkUsers(): void {
    for (const { name, clusters } of this.listeners.values()) {
      // A listener cannot be sent without its users of a refused cluster, whose connections it closes.
      this.#check(`listener ${name}`, { clusters: clusters.filter((cluster) => !this.#refusedClusters.has(cluster)) });
    }
    for (const table of this.tables.values()) {
      for (const host of table.hosts) this.#check(`virtual host ${host.name}`, host);
    }
  }

  #check(what: string, { clusters }: Pick<ModelContent, "clusters">): void {
    for (const cluster of clusters) {
      if (!this.clusters.has(cluster)) throw new Error(`${what} names ${cluster}, which is not ready`);
    }
  }

  #removedIn(response: ReceivedResponse, named: ReadonlySet<string>, present: readonly string[]): readonly string[] {
    return this.#protocol === "delta" ? response.removed : present.filter((name) => !named.has(name));
  }

  #subscribe(type: ResourceType, wanted: ReadonlySet<string>): void {
    const state = this.#state(type);
    const names = [...wanted].filter((name) => !state.names.has(name));
    const unsubscribed = [...state.names].filter((name) => !wanted.has(name));
    if (names.length === 0 && unsubscribed.length === 0) return;
    for (const name of names) state.names.add(name);
    for (const name of unsubscribed) {
      state.names.delete(name);
      state.versions.delete(name);
    }
    this.#ask(type, { names, unsubscribed });
  }

  #acknowledge(type: ResourceType, nonce: string): void {
    this.#ask(type, { nonce });
  }

  #refuse(type: ResourceType, nonce: string, error: string): void {
    this.refusals++;
    this.#ask(type, { nonce, error });
  }

  #ask(type: ResourceType, request: Partial<DiscoveryRequest>): void {
    const state = this.#state(type);
    const sotw = { names: [...state.names], unsubscribed: [], nonce: state.nonce, version: state.version };
    this.outbox.push({
      type,
      request: {
        node: undefined,
        typeUrl: typeUrls[type],
        nonce: "",
        error: undefined,
        names: [],
        unsubscribed: [],
        initialVersions: new Map(),
        version: "",
        ...request,
        ...(this.#protocol === "sotw" && sotw),
      },
    });
  }

  #state(type: ResourceType): TypeState {
    const state = this.#types.get(type);
    if (state === undefined) throw new Error(`no state of ${type}`);
    return state;
  }
}

function badOnes({ resources }: ReceivedResponse): string {
  const bad = resources.some(({ content, hosts }) => content.isBad || hosts.some((host) => host.isBad));
  return bad ? "one of them is bad" : "";
}
