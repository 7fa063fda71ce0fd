import { afterEach, beforeEach, expect, test } from "vitest";
import { KubeClient } from "./client.ts";
import { LeaderElection } from "./leader-election.ts";
import { TestApiServer, type TestResource } from "./testing/api-server.ts";

const leases: TestResource = {
  group: "coordination.k8s.io",
  version: "v1",
  plural: "leases",
  kind: "Lease",
  isNamespaced: true,
};

let server: TestApiServer;
const running: { stop(): void | Promise<void> }[] = [];

beforeEach(async () => {
  server = new TestApiServer([leases]);
  await server.listen();
});

afterEach(async () => {
  for (const one of running.splice(0)) await one.stop();
  await server.close();
});

function compete(
  identity: string,
  renewDeadlineMs = 600,
): { readonly election: LeaderElection; readonly client: KubeClient; told: string[] } {
  const client = new KubeClient(server.config);
  const told: string[] = [];
  const election = new LeaderElection({
    client,
    namespace: "system",
    name: "lease",
    identity,
    leaseDurationMs: 1_000,
    renewDeadlineMs,
    retryPeriodMs: 50,
    onLead: () => void told.push("lead"),
    onFollow: () => void told.push("follow"),
  });
  running.push(election, { stop: () => client.close() });
  election.start();
  return { election, client, told };
}

const holder = (): unknown =>
  (server.get(leases, "system/lease")?.["spec"] as { holderIdentity?: string })?.holderIdentity;

test("of two one leads, and when it stops the other takes over at once", async () => {
  const one = compete("one");
  await expect.poll(() => one.election.isLeader).toBe(true);
  const two = compete("two");
  await expect.poll(() => server.received.length).toBeGreaterThan(8);
  expect(two.told).toEqual([]);
  await one.election.stop();
  expect(one.told).toEqual(["lead", "follow"]);
  await expect.poll(() => two.election.isLeader).toBe(true);
  expect(holder()).toBe("two");
});

test("a leader that cannot renew its lease gives up before another may take it", async () => {
  const one = compete("one");
  await expect.poll(() => one.election.isLeader).toBe(true);
  server.intercept = ({ method }) => (method === "PUT" ? { status: 500 } : undefined);
  await expect.poll(() => one.told, { timeout: 5_000 }).toEqual(["lead", "follow"]);
  expect(holder()).toBe("one");
  server.intercept = undefined;
  await expect.poll(() => one.election.isLeader).toBe(true);
});

test("the lease of a leader that is gone without a word is taken when it has run out", async () => {
  const spec = {
    holderIdentity: "gone",
    leaseDurationSeconds: 1,
    renewTime: "2020-01-01T00:00:00.000000Z",
    leaseTransitions: 3,
  };
  server.put(leases, { metadata: { name: "lease", namespace: "system" }, spec });
  const one = compete("one");
  await expect.poll(() => one.election.isLeader, { timeout: 5_000 }).toBe(true);
  expect(server.get(leases, "system/lease")?.["spec"]).toMatchObject({ holderIdentity: "one", leaseTransitions: 4 });
});

test("who stops while its writing of the lease has no answer waits for none, and gives back what it may have got", async () => {
  const written = Promise.withResolvers<void>();
  server.delay = ({ method }) => {
    if (method !== "POST") return undefined;
    written.resolve();
    return new Promise(() => undefined);
  };
  const one = compete("one", 600_000);
  await written.promise;
  expect(holder()).toBe("one");
  await one.election.stop();
  expect(holder()).toBe("");
  expect(one.told).toEqual([]);
});
