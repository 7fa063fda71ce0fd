import { expect, test } from "vitest";
import { PassLimit } from "./pass-limit.ts";
import { fleetResources } from "./resources.ts";
import { fleet, testCluster } from "./test-cluster.ts";

/** Passes that end when they are told to. */
function passes(limit: PassLimit): {
  readonly running: string[];
  readonly begin: (name: string, isUrgent?: boolean) => void;
  readonly end: (name: string) => Promise<void>;
} {
  const running: string[] = [];
  const ends = new Map<string, () => void>();
  const begin = (name: string, isUrgent = false): void => {
    void limit.run(isUrgent, async () => {
      running.push(name);
      await new Promise<void>((resolve) => ends.set(name, resolve));
      running.splice(running.indexOf(name), 1);
    });
  };
  const end = async (name: string): Promise<void> => {
    ends.get(name)?.();
    await new Promise(setImmediate);
  };
  return { running, begin, end };
}

test("urgent passes go first, and each kind leaves a place for the other one", async () => {
  const { running, begin, end } = passes(new PassLimit({ all: 3, ofKind: 2 }));
  for (const name of ["a", "b", "c", "d"]) begin(name);
  for (const name of ["x", "y", "z"]) begin(name, true);
  await new Promise(setImmediate);
  expect(running).toEqual(["a", "b", "x"]);
  await end("a");
  expect(running).toEqual(["b", "x", "y"]);
  await end("b");
  expect(running).toEqual(["x", "y", "c"]);
  await end("x");
  expect(running).toEqual(["y", "c", "z"]);
  await end("z");
  expect(running).toEqual(["y", "c", "d"]);
});

test("a pass that fails gives its place back", async () => {
  const limit = new PassLimit({ all: 1, ofKind: 1 });
  await expect(limit.run(false, () => Promise.reject(new Error("refused")))).rejects.toThrow("refused");
  let hasRun = false;
  await limit.run(false, async () => {
    hasRun = true;
  });
  expect(hasRun).toBe(true);
});

const cluster = testCluster();

test("of many fleets a few are written at once, and one that waits to be tried again holds up none", async () => {
  const keys = Array.from({ length: 40 }, (_, i) => `shop/g${String(i).padStart(2, "0")}`);
  const begun = new Set<string>();
  let most = 0;
  cluster.api.intercept = async ({ method, url }) => {
    const name = /envoy-shop-g\d\d/.exec(url)?.[0];
    if (method === "GET" || name === undefined) return undefined;
    if (name < "envoy-shop-g10") return { status: 500 };
    begun.add(name);
    most = Math.max(most, begun.size);
    await new Promise((resolve) => setTimeout(resolve, 5));
    if (url.includes("/deployments/")) begun.delete(name);
    return undefined;
  };
  const infra = await cluster.start();
  infra.reconcile(keys.map((key) => fleet(key)));
  const made = (): string[] =>
    keys.filter((key) => cluster.isThere(fleetResources.Deployment, `envoy-gateway-system/${fleet(key).name}`));
  await expect.poll(made, { timeout: 20_000 }).toEqual(keys.slice(10));
  expect(most).toBeLessThanOrEqual(8);
});
