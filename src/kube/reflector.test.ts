import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { KubeClient } from "./client.ts";
import type { KubeError } from "./error.ts";
import { Reflector } from "./reflector.ts";
import { TestApiServer, type TestResource } from "./testing/api-server.ts";

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
let failures: KubeError[];

beforeEach(async () => {
  server = new TestApiServer([routes]);
  await server.listen();
  client = new KubeClient(server.config);
  heard = [];
  failures = [];
  reflector = new Reflector({
    client,
    resource: routes,
    // Longer than a test may take.
    backoff: { initialMs: 600_000, maxMs: 600_000 },
    onState: (error) => void (error && failures.push(error)),
    sink: {
      listed: (objects) => void heard.push(...objects.map(({ metadata }) => metadata.name)),
      completed: () => undefined,
      changed: ({ metadata }) => void heard.push(metadata.name),
      deleted: () => undefined,
    },
  });
});

afterEach(async () => {
  reflector.stop();
  client.close();
  await server.close();
});

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
