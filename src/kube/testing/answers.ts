import type { AnyObject } from "../client.ts";
import { keyOf } from "../object-key.ts";
import type { ObjectStore, TestResource } from "./object-store.ts";
import { bodyOf, merged, shown } from "./objects.ts";

/** What is answered; without a body a made-up one. */
export interface Answer {
  readonly status: number;
  readonly body?: unknown;
}

/** An answer with a body. */
export function answer(status: number, body: unknown): Answer {
  return { status, body };
}

/** Answers to questions for groups, and for the kinds of a group's version. */
export function discover(
  all: readonly TestResource[],
  path: readonly string[],
  [group, version]: readonly string[],
): Answer {
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

/** Answers to a request for a page of a list. */
export function listObjects(
  store: ObjectStore,
  resource: TestResource,
  namespace: string | undefined,
  isMetadataOnly: boolean,
  query: URLSearchParams,
): Answer {
  const labels = (query.get("labelSelector") ?? "").split(",").filter((requirement) => requirement !== "");
  const name = /^metadata\.name=(.+)$/.exec(query.get("fieldSelector") ?? "")?.[1];
  const all = [...store.collection(resource).values()].filter(
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
  return answer(200, { metadata: { resourceVersion: String(store.version), ...next }, items });
}

/** Answers to a request that makes an object. */
export function createObject(store: ObjectStore, resource: TestResource, object: AnyObject): Answer {
  const isThere = store.collection(resource).has(keyOf(object));
  return isThere ? answer(409, { reason: "AlreadyExists" }) : answer(201, store.put(resource, object));
}

/** As if nobody else had fields of the object but `status`. What changes nothing leaves the version as it is. */
function apply(store: ObjectStore, resource: TestResource, former: AnyObject | undefined, object: AnyObject): Answer {
  const next = { ...object, ...(former?.["status"] ? { status: former["status"] } : {}) };
  const { labels, annotations } = object.metadata;
  const isSame =
    former !== undefined &&
    bodyOf(former) === bodyOf(next) &&
    JSON.stringify([former.metadata.labels, former.metadata.annotations]) === JSON.stringify([labels, annotations]);
  return answer(former ? 200 : 201, isSame ? former : store.put(resource, next));
}

/** Answers to a request about one object. */
export function answerOne(
  store: ObjectStore,
  resource: TestResource,
  key: string,
  method: string,
  body: string,
  subresource: string | undefined,
  isApplied: boolean,
): Answer {
  const object = store.collection(resource).get(key);
  if (isApplied) return apply(store, resource, object, JSON.parse(body) as AnyObject);
  if (!object) return answer(404, { reason: "NotFound", message: `${resource.plural} ${key} not found` });
  if (method === "GET") return answer(200, object);
  if (method === "DELETE") {
    store.remove(resource, key);
    return answer(200, {});
  }
  const { metadata, ...patch } = JSON.parse(body) as AnyObject;
  const expected = metadata?.resourceVersion;
  if (expected !== undefined && expected !== object.metadata.resourceVersion) {
    return answer(409, { reason: "Conflict", message: "the object has been modified" });
  }
  if (method === "PUT") return answer(200, store.put(resource, { ...patch, metadata }));
  const changed = subresource === "status" ? { status: merged(object["status"], patch["status"]) } : patch;
  return answer(200, store.put(resource, { ...object, ...changed, metadata: { ...object.metadata, ...metadata } }));
}
