import { errorOfEvent, errorWithoutAnswer, type KubeStatus } from "./error.ts";
import { linesOf } from "./lines.ts";
import { apiVersionOf, type KubeResource, pathOf, type ResourcePlace } from "./resource.ts";
import { KubeTransport } from "./transport.ts";

/** What every object has. */
export interface AnyObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: ObjectMeta;
  readonly [field: string]: unknown;
}

/** The part of `metadata` that is looked at here. */
export interface ObjectMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly deletionTimestamp?: string;
  readonly [field: string]: unknown;
}

export interface KubeList<T> {
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
  readonly items: readonly T[];
}

/** What is listed or watched. Query parameters as the API server names them. */
export interface Selection {
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  readonly resourceVersion?: string | undefined;
  readonly resourceVersionMatch?: "Exact" | "NotOlderThan" | undefined;
  /** Only `metadata` of the objects is sent. Default: the whole objects. */
  readonly isMetadataOnly?: boolean | undefined;
}

export interface WatchEvent<T> {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK";
  readonly object: T;
}

/** A patch's format. */
export type PatchType = "merge" | "json" | "strategic";

const patchTypes: Readonly<Record<PatchType, string>> = {
  merge: "application/merge-patch+json",
  json: "application/json-patch+json",
  strategic: "application/strategic-merge-patch+json",
};

/** Objects in a page of a list. */
const pageSize = 500;

/** The form of an answer that holds nothing but `metadata`. */
function metadataOf(what: "" | "List"): string {
  return `application/json;as=PartialObjectMetadata${what};g=meta.k8s.io;v=v1`;
}

/** A watch over which nothing came for this long is dead: bookmarks come every minute. */
const watchSilenceMs = 150_000;

/**
 * Talks to one API server about its objects. All methods reject with a `KubeError`. One request is one attempt: whoever asks
 * knows whether trying again makes sense.
 */
export class KubeClient extends KubeTransport {
  get<T = AnyObject>(
    resource: KubeResource,
    place: ResourcePlace & { readonly name: string },
    options: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<T> {
    return this.send<T>({ method: "GET", path: pathOf(resource, place), signal: options.signal });
  }

  /** One page; `limit` and `continue` lead through more than one. */
  list<T = AnyObject>(
    resource: KubeResource,
    options: Selection & {
      readonly limit?: number | undefined;
      readonly continue?: string | undefined;
      readonly signal?: AbortSignal | undefined;
    } = {},
  ): Promise<KubeList<T>> {
    const { namespace, isMetadataOnly, signal, ...query } = options;
    const accept = isMetadataOnly ? `${metadataOf("List")},application/json` : undefined;
    return this.send<KubeList<T>>({ method: "GET", path: pathOf(resource, { namespace }), query, accept, signal });
  }

  /** The pages of a list, 500 objects each, so that whoever takes them holds one at a time. */
  async *pages<T = AnyObject>(
    resource: KubeResource,
    selection: Selection & { readonly signal?: AbortSignal | undefined } = {},
  ): AsyncGenerator<KubeList<T>> {
    let next: string | undefined;
    do {
      const page: KubeList<T> = await this.list<T>(resource, { ...selection, limit: pageSize, continue: next });
      yield page;
      next = page.metadata.continue;
    } while (next);
  }

  /** All objects at once. */
  async listAll<T = AnyObject>(resource: KubeResource, selection: Selection = {}): Promise<KubeList<T>> {
    const items: T[] = [];
    let metadata: KubeList<T>["metadata"] = { resourceVersion: "" };
    for await (const page of this.pages<T>(resource, selection)) {
      for (const item of page.items) items.push(item);
      metadata = page.metadata;
    }
    return { metadata, items };
  }

  /**
   * Events after `resourceVersion`, bookmarks included, until the server ends the watch (after `timeoutSeconds`, or its own choice of
   * 30 to 60 minutes) or `signal` is aborted. An `ERROR` event is thrown; status 410 means that a new list is needed.
   */
  async *watch<T = AnyObject>(
    resource: KubeResource,
    options: Selection & {
      readonly timeoutSeconds?: number | undefined;
      readonly signal?: AbortSignal | undefined;
      /** Called when the API server has taken the watch, long before there may be an event. */
      readonly onOpen?: (() => void) | undefined;
    },
  ): AsyncGenerator<WatchEvent<T>> {
    const { namespace, isMetadataOnly, signal, onOpen, ...query } = options;
    const path = pathOf(resource, { namespace });
    const response = await this.open({
      method: "GET",
      path,
      query: { ...query, watch: true, allowWatchBookmarks: true },
      accept: isMetadataOnly ? `${metadataOf("")},application/json` : undefined,
      signal,
    });
    onOpen?.();
    response.socket.setTimeout(watchSilenceMs);
    const onTimeout = (): void => void response.destroy(new Error("nothing was heard for too long"));
    response.socket.once("timeout", onTimeout);
    try {
      for await (const line of linesOf(response)) {
        const event = JSON.parse(line) as WatchEvent<T> | { readonly type: "ERROR"; readonly object: KubeStatus };
        if (event.type === "ERROR") throw errorOfEvent(`watch ${path}`, event.object);
        yield event;
      }
    } catch (error) {
      if (signal?.aborted) return;
      throw errorWithoutAnswer(`watch ${path}`, error);
    } finally {
      response.socket?.off("timeout", onTimeout);
      response.destroy();
    }
  }

  create<T = AnyObject>(
    resource: KubeResource,
    object: AnyObject,
    options: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<T> {
    const path = pathOf(resource, { namespace: object.metadata.namespace });
    return this.send<T>({ method: "POST", path, body: typed(resource, object), signal: options.signal });
  }

  /** Replaces an object; with a `resourceVersion` in it only if nobody changed it meanwhile (status 409 otherwise). */
  replace<T = AnyObject>(
    resource: KubeResource,
    object: AnyObject,
    options: { readonly subresource?: string | undefined; readonly signal?: AbortSignal | undefined } = {},
  ): Promise<T> {
    const { namespace, name } = object.metadata;
    const path = pathOf(resource, { namespace, name, subresource: options.subresource });
    return this.send<T>({ method: "PUT", path, body: typed(resource, object), signal: options.signal });
  }

  /** Server-side apply: the fields in `object` are ours from now on, and those we had before and left out are given up. */
  apply<T = AnyObject>(
    resource: KubeResource,
    object: AnyObject,
    options: { readonly fieldManager: string; readonly force?: boolean | undefined; readonly subresource?: string },
  ): Promise<T> {
    const { namespace, name } = object.metadata;
    const { fieldManager, force = true, subresource } = options;
    return this.send<T>({
      method: "PATCH",
      path: pathOf(resource, { namespace, name, subresource }),
      query: { fieldManager, force },
      body: typed(resource, object),
      contentType: "application/apply-patch+yaml",
    });
  }

  patch<T = AnyObject>(
    resource: KubeResource,
    place: ResourcePlace & { readonly name: string },
    type: PatchType,
    patch: unknown,
    options: { readonly fieldManager?: string } = {},
  ): Promise<T> {
    const path = pathOf(resource, place);
    return this.send<T>({ method: "PATCH", path, query: { ...options }, body: patch, contentType: patchTypes[type] });
  }

  /** Deletes an object; with `uid` only that one and not a later one of its name. One that is not there is status 404. */
  async delete(
    resource: KubeResource,
    place: ResourcePlace & { readonly name: string },
    options: { readonly uid?: string | undefined; readonly propagation?: "Background" | "Foreground" | "Orphan" } = {},
  ): Promise<void> {
    const { uid, propagation = "Background" } = options;
    await this.send({
      method: "DELETE",
      path: pathOf(resource, place),
      body: { propagationPolicy: propagation, ...(uid === undefined ? {} : { preconditions: { uid } }) },
    });
  }
}

function typed(resource: KubeResource, object: AnyObject): AnyObject {
  return { ...object, apiVersion: apiVersionOf(resource), kind: resource.kind };
}
