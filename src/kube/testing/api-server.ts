import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { AnyObject } from "../client.ts";
import type { KubeConfig } from "../config.ts";
import { keyOf } from "../object-key.ts";
import { bodyOf, merged, shown } from "./objects.ts";
import { answerPortForward, type PodPorts } from "./pod-ports.ts";

/** A kind that a {@link TestApiServer} serves. */
export interface TestResource {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly isNamespaced: boolean;
}

/** A request that was received. */
export interface Received {
  readonly method: string;
  /** Path and query, decoded. */
  readonly url: string;
  readonly accept: string;
}

/** What is answered; without a body a made-up one. */
export interface Answer {
  readonly status: number;
  readonly body?: unknown;
}

interface Watcher {
  readonly collection: string;
  readonly namespace: string | undefined;
  readonly isMetadataOnly: boolean;
  readonly response: ServerResponse;
  /** Events that are on their way. */
  readonly late: string[];
}

/**
 * As much of an API server's protocol as tests of its edges need: discovery, pages, watches that a test can cut or expire, reads, merge
 * patches with resource versions, and answers that a test makes up. Objects are neither validated nor defaulted: for that there is the real one.
 */
export class TestApiServer {
  readonly received: Received[] = [];
  /** Answers a request in the server's place; `undefined` lets the server answer. */
  intercept: ((request: Received) => Answer | undefined | Promise<Answer | undefined>) | undefined;
  /** Awaited when an answer is made, before it is sent: what it tells is old by then. Watches have none. */
  delay: ((request: Received) => Promise<void> | undefined) | undefined;
  /** Watches from versions before this one are told to list anew. */
  oldestVersion = 0;
  /** Events of watches are kept back until it is off again. */
  isSlow = false;
  readonly #server: Server;
  readonly #resources = new Map<string, TestResource>();
  readonly #objects = new Map<string, Map<string, AnyObject>>();
  readonly #log: { collection: string; version: number; type: string; object: AnyObject }[] = [];
  readonly #watchers = new Set<Watcher>();
  #version = 1;
  #port = 0;

  constructor(resources: readonly TestResource[]) {
    for (const resource of resources) this.serve(resource);
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  get config(): KubeConfig {
    return { server: `http://127.0.0.1:${this.#port}`, isInsecure: false, namespace: "default" };
  }

  /** The newest resource version. */
  get version(): number {
    return this.#version;
  }

  get watches(): number {
    return this.#watchers.size;
  }

  /** Begins to serve a kind. */
  serve(resource: TestResource): void {
    this.#resources.set(collectionOf(resource), resource);
  }

  /** Serves a kind no more; its objects are gone. */
  unserve(resource: TestResource): void {
    this.#resources.delete(collectionOf(resource));
    this.#objects.delete(collectionOf(resource));
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(this.#port, "127.0.0.1", resolve));
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** Forwards ports of pods from now on. */
  forwardPorts(ports: PodPorts): void {
    this.#server.on("upgrade", (request, socket) => answerPortForward(ports, request, socket));
  }

  /** Goes away; `listen` brings it back at the same port with the same objects. */
  async close(): Promise<void> {
    this.#watchers.clear();
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  /** Ends all watches, in the middle of a line if there is one to `tear`. */
  cutWatches(tear = ""): void {
    for (const { response } of this.#watchers) response.end(tear);
    this.#watchers.clear();
  }

  /** Sends the events that were kept back. */
  hurry(): void {
    this.isSlow = false;
    for (const { late, response } of this.#watchers) for (const line of late.splice(0)) response.write(line);
  }

  /** Sends each watch the first of the events that were kept back. */
  trickle(): void {
    for (const { late, response } of this.#watchers) {
      const line = late.shift();
      if (line !== undefined) response.write(line);
    }
  }

  /** Sends every watch a bookmark of the newest version. */
  bookmark(): void {
    const line = `${JSON.stringify({ type: "BOOKMARK", object: { metadata: { resourceVersion: String(this.#version) } } })}\n`;
    for (const watcher of this.#watchers) this.#write(watcher, line);
  }

  /** Stores an object, new or changed; its `generation` grows when anything but metadata and status differs. */
  put(resource: TestResource, object: AnyObject): AnyObject {
    const objects = this.#collection(resource);
    const key = keyOf(object);
    const former = objects.get(key);
    this.#version += 1;
    const isChanged = former !== undefined && bodyOf(former) !== bodyOf(object);
    const stored: AnyObject = {
      ...object,
      metadata: {
        ...object.metadata,
        uid: former?.metadata.uid ?? `uid-${this.#version}`,
        generation: (former?.metadata.generation ?? 0) + (isChanged || !former ? 1 : 0),
        resourceVersion: String(this.#version),
        managedFields: [{ manager: "test" }],
      },
    };
    objects.set(key, stored);
    this.#tell(resource, former ? "MODIFIED" : "ADDED", stored);
    return stored;
  }

  remove(resource: TestResource, key: string): void {
    const objects = this.#collection(resource);
    const former = objects.get(key);
    if (!former) return;
    objects.delete(key);
    this.#version += 1;
    const metadata = { ...former.metadata, resourceVersion: String(this.#version) };
    this.#tell(resource, "DELETED", { ...former, metadata });
  }

  get(resource: TestResource, key: string): AnyObject | undefined {
    return this.#collection(resource).get(key);
  }

  #collection(resource: TestResource): Map<string, AnyObject> {
    const name = collectionOf(resource);
    const known = this.#objects.get(name) ?? new Map<string, AnyObject>();
    this.#objects.set(name, known);
    return known;
  }

  #tell(resource: TestResource, type: string, object: AnyObject): void {
    const collection = collectionOf(resource);
    this.#log.push({ collection, version: this.#version, type, object });
    for (const watcher of this.#watchers) if (watcher.collection === collection) this.#send(watcher, type, object);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://test");
    const accept = request.headers.accept ?? "";
    const received = { method: request.method ?? "", url: decodeURIComponent(url.pathname + url.search), accept };
    this.received.push(received);
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const isApplied = request.headers["content-type"]?.startsWith("application/apply-patch") === true;
    const made = await this.intercept?.(received);
    const answer = made ?? this.#route(response, url, received, Buffer.concat(parts).toString("utf8"), isApplied);
    if (!answer) return;
    await this.delay?.(received);
    const { status, body = { reason: "Made", message: "made up" } } = answer;
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  }

  /** The answer; none for a watch, which goes on. */
  #route(
    response: ServerResponse,
    url: URL,
    { method, accept }: Received,
    body: string,
    isApplied: boolean,
  ): Answer | undefined {
    const path = url.pathname.split("/").filter((part) => part !== "");
    const version = path[0] === "api" ? ["", path[1] ?? ""] : [path[1] ?? "", path[2] ?? ""];
    const rest = path.slice(path[0] === "api" ? 2 : 3).map(decodeURIComponent);
    if (rest.length === 0) return this.#discover(path, version);
    const namespace = rest[0] === "namespaces" && rest.length > 2 ? rest[1] : undefined;
    const [plural = "", name, subresource] = namespace === undefined ? rest : rest.slice(2);
    const resource = this.#resources.get([...version, plural].join("/"));
    if (!resource) return answer(404, { message: "the server could not find the requested resource" });
    const isMetadataOnly = accept.includes("PartialObjectMetadata");
    if (name !== undefined) {
      const key = namespace === undefined ? name : `${namespace}/${name}`;
      return this.#one(resource, key, method, body, subresource, isApplied);
    }
    if (method === "POST") return this.#create(resource, JSON.parse(body) as AnyObject);
    if (url.searchParams.get("watch") === "true") {
      return this.#watch(response, resource, namespace, isMetadataOnly, url.searchParams.get("resourceVersion"));
    }
    return this.#list(resource, namespace, isMetadataOnly, url.searchParams);
  }

  #discover(path: readonly string[], [group, version]: readonly string[]): Answer {
    const all = [...this.#resources.values()];
    if (path.length === 1) {
      const names = [...new Set(all.map((resource) => resource.group))].filter((name) => name !== "");
      const groups = names.map((name) => ({
        name,
        versions: all.filter((resource) => resource.group === name).map((resource) => ({ version: resource.version })),
      }));
      return answer(200, { groups });
    }
    const resources = all
      .filter((resource) => resource.group === group && resource.version === version)
      .map(({ plural, kind, isNamespaced }) => ({ name: plural, kind, namespaced: isNamespaced }));
    return answer(resources.length > 0 ? 200 : 404, { resources });
  }

  #list(
    resource: TestResource,
    namespace: string | undefined,
    isMetadataOnly: boolean,
    query: URLSearchParams,
  ): Answer {
    const labels = (query.get("labelSelector") ?? "").split(",").filter((requirement) => requirement !== "");
    const name = /^metadata\.name=(.+)$/.exec(query.get("fieldSelector") ?? "")?.[1];
    const all = [...this.#collection(resource).values()].filter(
      ({ metadata }) =>
        (namespace === undefined || metadata.namespace === namespace) &&
        (name === undefined || metadata.name === name) &&
        labels.every((requirement) => {
          const [label = "", value = ""] = requirement.split("=");
          return metadata.labels?.[label] === value;
        }),
    );
    const start = Number(query.get("continue") ?? 0);
    const end = start + Number(query.get("limit") ?? all.length);
    const items = all.slice(start, end).map((object) => shown(object, isMetadataOnly));
    const next = end < all.length ? { continue: String(end) } : {};
    return answer(200, { metadata: { resourceVersion: String(this.#version), ...next }, items });
  }

  #watch(
    response: ServerResponse,
    resource: TestResource,
    namespace: string | undefined,
    isMetadataOnly: boolean,
    from: string | null,
  ): Answer | undefined {
    const collection = collectionOf(resource);
    const version = Number(from ?? 0);
    if (version < this.oldestVersion) return answer(410, { reason: "Expired", message: "too old" });
    response.writeHead(200, { "content-type": "application/json" });
    response.flushHeaders();
    const watcher = { collection, namespace, isMetadataOnly, response, late: [] };
    for (const entry of this.#log) {
      if (entry.collection === collection && entry.version > version) this.#send(watcher, entry.type, entry.object);
    }
    this.#watchers.add(watcher);
    response.on("close", () => this.#watchers.delete(watcher));
    return undefined;
  }

  #send(watcher: Watcher, type: string, object: AnyObject): void {
    const { namespace, isMetadataOnly } = watcher;
    if (namespace !== undefined && object.metadata.namespace !== namespace) return;
    this.#write(watcher, `${JSON.stringify({ type, object: shown(object, isMetadataOnly) })}\n`);
  }

  #write({ response, late }: Watcher, line: string): void {
    if (this.isSlow) late.push(line);
    else response.write(line);
  }

  #create(resource: TestResource, object: AnyObject): Answer {
    const isThere = this.#collection(resource).has(keyOf(object));
    return isThere ? answer(409, { reason: "AlreadyExists" }) : answer(201, this.put(resource, object));
  }

  /** As if nobody else had fields of the object but `status`. What changes nothing leaves the version as it is. */
  #apply(resource: TestResource, former: AnyObject | undefined, object: AnyObject): Answer {
    const next = { ...object, ...(former?.["status"] ? { status: former["status"] } : {}) };
    const { labels, annotations } = object.metadata;
    const isSame =
      former !== undefined &&
      bodyOf(former) === bodyOf(next) &&
      JSON.stringify([former.metadata.labels, former.metadata.annotations]) === JSON.stringify([labels, annotations]);
    return answer(former ? 200 : 201, isSame ? former : this.put(resource, next));
  }

  #one(
    resource: TestResource,
    key: string,
    method: string,
    body: string,
    subresource: string | undefined,
    isApplied: boolean,
  ): Answer {
    const object = this.#collection(resource).get(key);
    if (isApplied) return this.#apply(resource, object, JSON.parse(body) as AnyObject);
    if (!object) return answer(404, { reason: "NotFound", message: `${resource.plural} ${key} not found` });
    if (method === "GET") return answer(200, object);
    if (method === "DELETE") {
      this.remove(resource, key);
      return answer(200, {});
    }
    const { metadata, ...patch } = JSON.parse(body) as AnyObject;
    const expected = metadata?.resourceVersion;
    if (expected !== undefined && expected !== object.metadata.resourceVersion) {
      return answer(409, { reason: "Conflict", message: "the object has been modified" });
    }
    if (method === "PUT") return answer(200, this.put(resource, { ...patch, metadata }));
    const changed = subresource === "status" ? { status: merged(object["status"], patch["status"]) } : patch;
    return answer(200, this.put(resource, { ...object, ...changed, metadata: { ...object.metadata, ...metadata } }));
  }
}

function answer(status: number, body: unknown): Answer {
  return { status, body };
}

function collectionOf({ group, version, plural }: TestResource): string {
  return [group, version, plural].join("/");
}
