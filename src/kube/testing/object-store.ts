import type { AnyObject } from "../client.ts";
import { keyOf } from "../object-key.ts";
import { bodyOf } from "./objects.ts";

/** A kind that a `TestApiServer` serves. */
export interface TestResource {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly isNamespaced: boolean;
}

/** Told of each change. */
export type OnEvent = (resource: TestResource, type: "ADDED" | "MODIFIED" | "DELETED", object: AnyObject) => void;

/** Objects as an API server keeps them: with uids, generations and resource versions. */
export class ObjectStore {
  readonly #objects = new Map<string, Map<string, AnyObject>>();
  readonly #onEvent: OnEvent;
  #version = 1;

  constructor(onEvent: OnEvent) {
    this.#onEvent = onEvent;
  }

  /** The newest resource version. */
  get version(): number {
    return this.#version;
  }

  /** Forgets all objects of a kind without a word. */
  drop(resource: TestResource): void {
    this.#objects.delete(collectionOf(resource));
  }

  /** Stores an object, new or changed; its `generation` grows when anything but metadata and status differs. */
  put(resource: TestResource, object: AnyObject): AnyObject {
    const objects = this.collection(resource);
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
    this.#onEvent(resource, former ? "MODIFIED" : "ADDED", stored);
    return stored;
  }

  remove(resource: TestResource, key: string): void {
    const objects = this.collection(resource);
    const former = objects.get(key);
    if (!former) return;
    objects.delete(key);
    this.#version += 1;
    const metadata = { ...former.metadata, resourceVersion: String(this.#version) };
    this.#onEvent(resource, "DELETED", { ...former, metadata });
  }

  get(resource: TestResource, key: string): AnyObject | undefined {
    return this.collection(resource).get(key);
  }

  /** Objects of a kind, by their keys. */
  collection(resource: TestResource): Map<string, AnyObject> {
    const name = collectionOf(resource);
    const known = this.#objects.get(name) ?? new Map<string, AnyObject>();
    this.#objects.set(name, known);
    return known;
  }
}

/** Tells kinds apart. */
export function collectionOf({ group, version, plural }: TestResource): string {
  return [group, version, plural].join("/");
}
