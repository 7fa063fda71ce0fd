import { expect, test } from "vitest";
import { streamCluster } from "./cluster-spec.ts";
import type { Destination } from "./destination.ts";
import { loadAssignment } from "./load-assignment.ts";

const destination = (name: string, more: Partial<Destination> = {}): Destination => ({
  key: `Service/default/${name}/80`,
  kind: "Service",
  object: `default/${name}`,
  protocol: "http1",
  isDns: false,
  hasEndpoints: true,
  isFallback: false,
  ...more,
});

const tcp = { routing: "Endpoint", hasSessions: false } as const;
const members = (...shares: Parameters<typeof streamCluster>[1]) => streamCluster("c", shares, tcp).members;

test("shares of one destination are one, and so are those that are refused", () => {
  const one = destination("one");
  expect(
    members(
      { destination: one, weight: 2 },
      { destination: undefined, weight: 3 },
      { destination: one, weight: 5 },
      { destination: undefined, weight: 1 },
    ),
  ).toEqual([
    { destination: one.key, priority: 0, weight: 7 },
    { priority: 0, weight: 4 },
  ]);
});

test("a single backend has all connections, by zone; a single session's backend has its share, so that it stays where it is", () => {
  const shares = [{ destination: destination("one"), weight: 4 }];
  expect(streamCluster("c", shares, tcp).members).toEqual([{ destination: "Service/default/one/80", priority: 0 }]);
  expect(streamCluster("c", shares, { ...tcp, hasSessions: true }).members).toEqual([
    { destination: "Service/default/one/80", priority: 0, weight: 4 },
  ]);
});

test("beside fallback backends the others have their shares, and nothing stands in for those without endpoints", () => {
  const fallback = destination("two", { isFallback: true });
  expect(
    members(
      { destination: destination("one"), weight: 1 },
      { destination: destination("other"), weight: 3 },
      { destination: fallback, weight: 1 },
    ),
  ).toEqual([
    { destination: "Service/default/one/80", priority: 0, weight: 1, yields: true },
    { destination: "Service/default/other/80", priority: 0, weight: 3, yields: true },
    { destination: "Service/default/two/80", priority: 1, weight: 1, yields: true },
  ]);
});

test("traffic goes to the Service's own address when that is asked for", () => {
  const dns = destination("one", { isDns: true });
  const spec = streamCluster("c", [{ destination: dns, weight: 1 }], { ...tcp, routing: "Service" });
  expect(spec).toMatchObject({ viaClusterIp: true, discovery: "EDS" });
  expect(streamCluster("c", [{ destination: dns, weight: 1 }], tcp)).toMatchObject({ discovery: "DNS" });
});

test("a backend that comes twice has both shares", () => {
  const endpoints = [{ address: { ip: "10.0.0.1", port: 80 } }];
  const { message } = loadAssignment("c", [
    { priority: 0, endpoints, share: { of: "a", weight: 1 } },
    { priority: 0, endpoints, share: { of: "a", weight: 3 } },
  ]);
  expect(message.endpoints.map((locality) => locality.loadBalancingWeight)).toEqual([4]);
});

test("a share keeps its weight however many endpoints it has, and is refused when it has none", () => {
  const ip = (last: number) => ({ address: { ip: `10.0.0.${last}`, port: 80 } });
  const { message } = loadAssignment("c", [
    { priority: 0, endpoints: [ip(1), ip(2), ip(3)], share: { of: "a", weight: 1 } },
    { priority: 0, endpoints: [], share: { of: "b", weight: 9 } },
  ]);
  expect(
    message.endpoints.map(({ loadBalancingWeight, lbEndpoints }) => [loadBalancingWeight, lbEndpoints.length]),
  ).toEqual([
    [1, 3],
    [9, 1],
  ]);
  const [endpoint] = message.endpoints[1]?.lbEndpoints ?? [];
  expect(JSON.stringify(endpoint?.hostIdentifier)).toContain("127.0.0.1");
});
