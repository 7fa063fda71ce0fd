import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { KubeClient } from "./client.ts";
import type { KubeError } from "./error.ts";
import type { KubeResource } from "./resource.ts";

const deployments: KubeResource = {
  group: "apps",
  version: "v1",
  plural: "deployments",
  kind: "Deployment",
  isNamespaced: true,
};
const configMaps: KubeResource = {
  group: "",
  version: "v1",
  plural: "configmaps",
  kind: "ConfigMap",
  isNamespaced: true,
};

const running: { close(): void }[] = [];
afterEach(() => {
  for (const one of running.splice(0)) one.close();
});

interface Seen {
  readonly method: string;
  readonly url: string;
  readonly type: string | undefined;
  readonly authorization: string | undefined;
  readonly body: string;
}

async function serve(
  answer: (response: ServerResponse, seen: Seen) => void,
): Promise<{ client: KubeClient; seen: Seen[] }> {
  const seen: Seen[] = [];
  const server: Server = createServer((request: IncomingMessage, response) => {
    let body = "";
    request.on("data", (part: Buffer) => {
      body += part.toString();
    });
    request.on("end", () => {
      const { method = "", url = "", headers } = request;
      const one = { method, url, type: headers["content-type"], authorization: headers.authorization, body };
      seen.push(one);
      answer(response, one);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const client = new KubeClient({
    server: `http://127.0.0.1:${port}/prefix`,
    isInsecure: false,
    token: () => `token-${seen.length}`,
    namespace: "default",
  });
  running.push(client, { close: () => server.close() });
  return { client, seen };
}

test("an object is asked for at its path, below the server's own, with the token of the moment", async () => {
  const { client, seen } = await serve((response) => void response.end('{"metadata":{"name":"web"}}'));
  expect((await client.get(deployments, { namespace: "a b", name: "web" })).metadata.name).toBe("web");
  await client.get(configMaps, { namespace: "default", name: "c", subresource: "status" });
  expect(seen.map(({ url }) => url)).toEqual([
    "/prefix/apis/apps/v1/namespaces/a%20b/deployments/web",
    "/prefix/api/v1/namespaces/default/configmaps/c/status",
  ]);
  expect(seen.map(({ authorization }) => authorization)).toEqual(["Bearer token-0", "Bearer token-1"]);
});

test("a list is read page by page", async () => {
  const { client, seen } = await serve((response, { url }) => {
    const isLast = url.includes("continue=more");
    const metadata = isLast ? { resourceVersion: "7" } : { resourceVersion: "7", continue: "more" };
    response.end(JSON.stringify({ metadata, items: [{ metadata: { name: isLast ? "b" : "a" } }] }));
  });
  const list = await client.listAll(configMaps, { labelSelector: "a=b,c" });
  expect(list.items.map(({ metadata }) => metadata.name)).toEqual(["a", "b"]);
  expect(seen[1]?.url).toBe("/prefix/api/v1/configmaps?labelSelector=a%3Db%2Cc&limit=500&continue=more");
});

test("a watch gives events as they come, in whatever pieces, and ends when it is told to", async () => {
  const { client, seen } = await serve((response) => {
    response.write('{"type":"ADDED","object":{"metadata":{"name":"ä"}}}\n{"type":"MODI');
    setImmediate(() => response.write('FIED","object":{"metadata":{"name":"b"}}}\n'));
  });
  const stop = new AbortController();
  const got: string[] = [];
  for await (const { type, object } of client.watch(configMaps, { resourceVersion: "5", signal: stop.signal })) {
    got.push(`${type} ${object.metadata.name}`);
    if (got.length === 2) stop.abort();
  }
  expect(got).toEqual(["ADDED ä", "MODIFIED b"]);
  expect(seen[0]?.url).toBe("/prefix/api/v1/configmaps?resourceVersion=5&watch=true&allowWatchBookmarks=true");
});

test("a watch whose resource version is too old fails with status 410", async () => {
  const { client } = await serve(
    (response) => void response.end('{"type":"ERROR","object":{"code":410,"reason":"Expired","message":"too old"}}\n'),
  );
  const events = client.watch(configMaps, { resourceVersion: "1" });
  await expect(events.next()).rejects.toMatchObject({ status: 410, reason: "Expired" });
});

test("a watch that the server cuts off fails as unreachable", async () => {
  const { client } = await serve((response) => {
    response.write("\n");
    setImmediate(() => response.destroy());
  });
  await expect(client.watch(configMaps, {}).next()).rejects.toMatchObject({ status: 0, reason: "Unreachable" });
});

test("apply, patch, create, replace and delete send what the API server expects", async () => {
  const { client, seen } = await serve((response) => void response.end("{}"));
  const object = { metadata: { name: "c", namespace: "n" }, data: {} };
  await client.apply(configMaps, object, { fieldManager: "me" });
  await client.patch(configMaps, { namespace: "n", name: "c" }, "merge", { data: { a: "1" } });
  await client.create(configMaps, object);
  await client.replace(deployments, object, { subresource: "status" });
  await client.delete(configMaps, { namespace: "n", name: "c" }, { uid: "u" });
  expect(seen.map(({ method, url, type }) => `${method} ${url} ${type}`)).toEqual([
    "PATCH /prefix/api/v1/namespaces/n/configmaps/c?fieldManager=me&force=true application/apply-patch+yaml",
    "PATCH /prefix/api/v1/namespaces/n/configmaps/c application/merge-patch+json",
    "POST /prefix/api/v1/namespaces/n/configmaps application/json",
    "PUT /prefix/apis/apps/v1/namespaces/n/deployments/c/status application/json",
    "DELETE /prefix/api/v1/namespaces/n/configmaps/c application/json",
  ]);
  expect(JSON.parse(seen[0]?.body ?? "")).toEqual({ ...object, apiVersion: "v1", kind: "ConfigMap" });
  expect(JSON.parse(seen[4]?.body ?? "")).toEqual({ propagationPolicy: "Background", preconditions: { uid: "u" } });
});

test("a refusal carries the API server's words, reason and advice when to come again", async () => {
  const { client } = await serve((response) => {
    response
      .writeHead(429)
      .end(JSON.stringify({ message: "slow down", reason: "TooManyRequests", details: { retryAfterSeconds: 3 } }));
  });
  const error = await client.get(configMaps, { namespace: "n", name: "c" }).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ status: 429, reason: "TooManyRequests", retryAfterSeconds: 3, isTemporary: true });
  expect((error as KubeError).message).toBe("GET /api/v1/namespaces/n/configmaps/c: slow down");
});

test("an answer of something in front of the API server is an error, too", async () => {
  const { client } = await serve((response) => void response.writeHead(404).end("<html>no such page</html>"));
  await expect(client.get(configMaps, { namespace: "n", name: "c" })).rejects.toMatchObject({
    status: 404,
    reason: "NotFound",
    isTemporary: false,
  });
});

test("an API server that is not there is a temporary error", async () => {
  const client = new KubeClient({ server: "http://127.0.0.1:1", isInsecure: false, namespace: "default" });
  await expect(client.list(configMaps)).rejects.toMatchObject({ status: 0, reason: "Unreachable", isTemporary: true });
});
