import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { AnyObject } from "../client.ts";
import type { KubeConfig } from "../config.ts";
import { type Answer, answer, answerOne, createObject, discover, listObjects } from "./answers.ts";
import { collectionOf, ObjectStore, type TestResource } from "./object-store.ts";
import { shown } from "./objects.ts";
import { answerPortForward, type PodPorts } from "./pod-ports.ts";

export type { Answer, TestResource };

/** A request that was received. */
export interface Received {
  readonly method: string;
  /** Path and query, decoded. */
  readonly url: string;
  readonly accept: string;
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
  readonly #store = new ObjectStore((resource, type, object) => this.#tell(resource, type, object));
  readonly #log: { collection: string; version: number; type: string; object: AnyObject }[] = [];
  readonly #watchers = new Set<Watcher>();
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
    return this.#store.version;
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
    this.#store.drop(resource);
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
    const line = `${JSON.stringify({ type: "BOOKMARK", object: { metadata: { resourceVersion: String(this.#store.version) } } })}\n`;
    for (const watcher of this.#watchers) this.#write(watcher, line);
  }

  put(resource: TestResource, object: AnyObject): AnyObject {
    return this.#store.put(resource, object);
  }

  remove(resource: TestResource, key: string): void {
    this.#store.remove(resource, key);
  }

  get(resource: TestResource, key: string): AnyObject | undefined {
    return this.#store.get(resource, key);
  }

  #tell(resource: TestResource, type: string, object: AnyObject): void {
    const collection = collectionOf(resource);
    this.#log.push({ collection, version: this.#store.version, type, object });
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
    if (rest.length === 0) return discover([...this.#resources.values()], path, version);
    const namespace = rest[0] === "namespaces" && rest.length > 2 ? rest[1] : undefined;
    const [plural = "", name, subresource] = namespace === undefined ? rest : rest.slice(2);
    const resource = this.#resources.get([...version, plural].join("/"));
    if (!resource) return answer(404, { message: "the server could not find the requested resource" });
    const isMetadataOnly = accept.includes("PartialObjectMetadata");
    if (name !== undefined) {
      const key = namespace === undefined ? name : `${namespace}/${name}`;
      return answerOne(this.#store, resource, key, method, body, subresource, isApplied);
    }
    if (method === "POST") return createObject(this.#store, resource, JSON.parse(body) as AnyObject);
    if (url.searchParams.get("watch") === "true") {
      return this.#watch(response, resource, namespace, isMetadataOnly, url.searchParams.get("resourceVersion"));
    }
    return listObjects(this.#store, resource, namespace, isMetadataOnly, url.searchParams);
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
}
