/** XBackendTrafficPolicy: how much may be retried, and which endpoint keeps a client's sessions. */
import { beforeAll, expect, test } from "vitest";
import { httpRoute, serviceManifest, startBackend, useBackend, useGateway } from "./harness/index.ts";

const gateway = useGateway();
const a = useBackend("a");
const ports: number[] = [];

beforeAll(async () => {
  const backends = await Promise.all([1, 2, 3].map((i) => startBackend(`pod-${i}`)));
  ports.push(...backends.map(({ port }) => port));
  await gateway().apply(a(), serviceManifest({ name: "pods", endpoints: ports.map((port) => ({ port })) }));
  return () => Promise.all(backends.map((backend) => backend.stop()));
});

const policy = (name: string, service: string, fields: string, created = 0) => `---
apiVersion: gateway.networking.x-k8s.io/v1alpha1
kind: XBackendTrafficPolicy
metadata: { name: ${name}, namespace: default, creationTimestamp: "2026-01-01T00:00:0${created}Z" }
spec:
  targetRefs: [{ group: "", kind: Service, name: ${service} }]
  ${fields}
`;
const conditions = (name: string) => gateway().conditions(`XBackendTrafficPolicy default/${name}`);
const clusters = async () =>
  (await gateway().admin("/config_dump?resource=dynamic_active_clusters")).replaceAll(/\s/g, "");

/** How often the backend was asked, for as many requests that it cannot answer, all at a time. */
async function attempts(host: string, requests: number): Promise<number> {
  const before = a().received.length;
  const order = JSON.stringify({ status: 500, delayMs: 100 });
  await Promise.all(
    Array.from({ length: requests }, () => gateway().request("/", { host, headers: { "x-echo": order } })),
  );
  return a().received.length - before;
}

test("a retry budget limits the retries of all requests to a backend together", async () => {
  const retried = "- { retry: { codes: [500], attempts: 1, backoff: 1ms }, backendRefs: [{ name: a, port: 80 }] }";
  await gateway().apply(httpRoute("budget", "budget.test", retried));
  expect(await attempts("budget.test", 30)).toBe(60);
  const budget = "retryConstraint: { budget: { percent: 0, interval: 10s }, minRetryRate: { count: 2, interval: 1s } }";
  await gateway().apply(policy("budget", "a", budget));
  expect(conditions("budget")).toEqual(["Accepted=True Accepted"]);
  expect(await clusters()).toContain('"retry_budget":{"budget_percent":{},"min_retry_concurrency":2}');
  const limited = await attempts("budget.test", 30);
  expect(limited).toBeGreaterThanOrEqual(32);
  expect(limited).toBeLessThan(60);
  await gateway().delete("XBackendTrafficPolicy default/budget");
  expect(await attempts("budget.test", 30)).toBe(60);
});

test("of two policies for a Service the older counts, and the other says so", async () => {
  const percent = (value: number) => `retryConstraint: { budget: { percent: ${value} } }`;
  await gateway().apply(
    httpRoute("rivals", "rivals.test", "- backendRefs: [{ name: a, port: 80 }]"),
    policy("younger", "a", percent(33), 2),
    policy("older", "a", percent(44), 1),
  );
  expect([conditions("older"), conditions("younger")]).toEqual([
    ["Accepted=True Accepted"],
    ["Accepted=False Conflicted"],
  ]);
  expect(await clusters()).toContain('"budget_percent":{"value":44}');
  await gateway().delete("XBackendTrafficPolicy default/older");
  expect(conditions("younger")).toEqual(["Accepted=True Accepted"]);
  expect(await clusters()).toContain('"budget_percent":{"value":33}');
});

test("a policy for what no route uses has no status", async () => {
  await gateway().apply(policy("unused", "nothing", "retryConstraint: {}"));
  expect(gateway().status("XBackendTrafficPolicy default/unused")).toBeUndefined();
});

test("sessions are kept by the policy's cookie where the rule says nothing, and by the rule's where it does", async () => {
  const session = (name: string) => `sessionPersistence: { type: Cookie, cookie: { name: ${name} } }`;
  await gateway().apply(
    policy("sessions", "pods", session("by-policy")),
    httpRoute("plain", "plain-session.test", "- backendRefs: [{ name: pods, port: 80 }]"),
    httpRoute("own", "own-session.test", `- { ${session("by-rule")}, backendRefs: [{ name: pods, port: 80 }] }`),
  );
  const cookieOf = async (host: string) =>
    String((await gateway().request("/", { host })).headers["set-cookie"]).split(";")[0] ?? "";
  expect(await cookieOf("own-session.test")).toMatch(/^by-rule=/);
  const cookie = await cookieOf("plain-session.test");
  expect(cookie).toMatch(/^by-policy=/);
  const pods = new Set<string>();
  for (let i = 0; i < 20; i++) {
    pods.add((await gateway().request("/", { host: "plain-session.test", headers: { cookie } })).echo.pod);
  }
  expect(pods.size).toBe(1);
});
