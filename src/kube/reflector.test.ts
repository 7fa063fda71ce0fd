import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type AnyObject, KubeClient } from "./client.ts";
import type { KubeError } from "./error.ts";
import { Reflector } from "./reflector.ts";
import { type Answer, TestApiServer, type TestResource } from "./testing/api-server.ts";

const routes: TestResource = {
  group: "gateway.networking.k8s.io",
  version: "v1",
  plural: "httproutes",
  kind: "HTTPRoute",
  isNamespaced: true,
};

let server: TestApiServer;
let client: KubeClient;
let reflector: Reflector;
let heard: string[];
let lists: string[];
let failures: KubeError[];
let mistakes: string[];

beforeEach(async () => {
  server = new TestApiServer([routes]);
  await server.listen();
  client = new KubeClient(server.config);
  heard = [];
  lists = [];
  failures = [];
  mistakes = [];
  reflector = new Reflector({
    client,
    resource: routes,
    // Longer than a test may take.
    backoff: { initialMs: 600_000, maxMs: 600_000 },
    onState: (error) => void (error && failures.push(error)),
    onMistake: (mistake, key) => void mistakes.push(`${key}: ${mistake?.message ?? "over"}`),
    sink: {
      listed: (object) => hear(object),
      completed: (keys, version) => void lists.push(`${[...keys].join()} at ${version}`),
      changed: (object) => hear(object),
      deleted: () => undefined,
      setBack: () => void lists.push("set back"),
    },
  });
});

afterEach(async () => {
  reflector.stop();
  client.close();
  await server.close();
});

function hear({ metadata }: AnyObject): void {
  if (metadata.labels?.["is"] === "odd") throw new Error("odd");
  heard.push(metadata.name);
}

const putOdd = (name: string): void =>
  void server.put(routes, { metadata: { name, namespace: "shop", labels: { is: "odd" } } });
const put = (name: string): void => void server.put(routes, { metadata: { name, namespace: "shop" } });

/** Any other request of the same process. */
const ask = (): Promise<unknown> => client.list(routes, { limit: 1 });

test("a wait after an outage ends as soon as anybody gets an answer from the API server", async () => {
  await server.close();
  reflector.start();
  await expect.poll(() => failures.length).toBe(1);
  await sleep(1_000);
  await server.listen();
  put("r");
  await ask();
  await reflector.synced;
  expect(heard).toEqual(["r"]);
});

test("a list of several pages shows what was there at its first one", async () => {
  const page = (name: string, version: string, next = ""): Answer => ({
    status: 200,
    body: {
      metadata: { resourceVersion: version, continue: next },
      items: [{ metadata: { name, namespace: "shop" } }],
    },
  });
  server.intercept = ({ url }) => {
    if (url.includes("watch=true")) return undefined;
    return url.includes("continue=more") ? page("b", "9") : page("a", "7", "more");
  };
  reflector.start();
  await reflector.synced;
  expect(heard).toEqual(["a", "b"]);
  expect(lists).toEqual(["shop/a,shop/b at 7"]);
  await expect
    .poll(() => server.received.map(({ url }) => url))
    .toContainEqual(expect.stringContaining("resourceVersion=7&"));
});

test("an API server that was set back to an earlier state is told of before its list is", async () => {
  put("a");
  put("b");
  reflector.start();
  await reflector.synced;
  await expect.poll(() => server.watches).toBe(1);
  server.intercept = ({ url }) =>
    url.includes("watch=true") ? undefined : { status: 200, body: { metadata: { resourceVersion: "2" }, items: [] } };
  reflector.relist();
  await expect.poll(() => lists).toEqual(["shop/a,shop/b at 3", "set back", " at 2"]);
});

test("a list that is as new as what was heard sets nothing back", async () => {
  reflector.start();
  await reflector.synced;
  await expect.poll(() => server.watches).toBe(1);
  put("a");
  await expect.poll(() => heard).toEqual(["a"]);
  reflector.relist();
  await expect.poll(() => lists).toEqual([" at 1", "shop/a at 2"]);
});

test("an object on which the sink fails is told of once and skipped, and all others are heard without another list or watch", async () => {
  putOdd("b");
  for (const name of ["a", "c"]) put(name);
  reflector.start();
  await reflector.synced;
  expect([heard, lists, mistakes]).toEqual([["a", "c"], ["shop/b,shop/a,shop/c at 4"], ["shop/b: odd"]]);
  await expect.poll(() => server.watches).toBe(1);
  putOdd("b");
  putOdd("d");
  put("e");
  await expect.poll(() => heard).toEqual(["a", "c", "e"]);
  expect(mistakes).toEqual(["shop/b: odd", "shop/d: odd"]);
  // A version that is no trouble ends it, as does the end of the object.
  put("b");
  server.remove(routes, "shop/d");
  await expect.poll(() => mistakes.slice(2)).toEqual(["shop/b: over", "shop/d: over"]);
  expect(heard.at(-1)).toBe("b");
  expect(server.received).toHaveLength(2);
  expect(failures).toEqual([]);
});
