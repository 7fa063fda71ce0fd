import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { FleetChange } from "../translate/resources.ts";
import { modelHost, modelResource } from "./testing/model-resources.ts";
import { SessionDriver } from "./testing/session-driver.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function cluster(name: string, salt = "") {
  return { name, value: modelResource(name, { isEds: true, salt }) };
}

function host(name: string, cluster: string, salt = "") {
  return { table: "t", name, value: modelHost("t", name, { clusters: cluster === "" ? [] : [cluster], salt }) };
}

const gone = (name: string) => ({ name, value: undefined });
const start: FleetChange = {
  cluster: [cluster("a")],
  endpoint: [{ name: "a", value: modelResource("a") }],
  listener: [{ name: "l", value: modelResource("l", { table: "t" }) }],
  route: [{ name: "t", value: modelResource("t") }],
  virtualHost: [host("h", "a")],
};

/** An Envoy that has everything of `start`. */
function served(driver = new SessionDriver()): SessionDriver {
  driver.update(start);
  driver.request("cluster", {});
  driver.request("endpoint", { names: ["a"] });
  driver.acknowledge("endpoint", "cluster");
  driver.request("listener", {});
  driver.acknowledge("listener");
  driver.request("route", { names: ["t"] });
  driver.acknowledge("route");
  expect(driver.taken()).toEqual(["cluster: a", "endpoint: a", "listener: l", "route: t[h]"]);
  return driver;
}

test("a new cluster, its endpoints and both acknowledgements come before the virtual host that uses it", () => {
  const driver = served();
  driver.update({ cluster: [cluster("b")], virtualHost: [host("h", "b", "2")] });
  expect(driver.taken()).toEqual(["cluster: b"]);
  driver.request("endpoint", { names: ["b"] });
  expect(driver.taken()).toEqual(["endpoint: b"]);
  driver.acknowledge("endpoint");
  expect(driver.taken()).toEqual([]);
  driver.acknowledge("cluster");
  expect(driver.taken()).toEqual(["route: t[h2]"]);
});

test("a change without a new cluster is written in the same turn", () => {
  const driver = served();
  driver.update({ virtualHost: [host("h", "a", "2")] });
  expect(driver.taken()).toEqual(["route: t[h2]"]);
});

test("virtual hosts whose clusters are not ready stay as they were or are left out, and hold back no other", () => {
  const driver = served();
  driver.update({
    cluster: [cluster("slow")],
    virtualHost: [host("h", "slow", "2"), host("new", "slow"), host("other", "a")],
  });
  expect(driver.taken()).toEqual(["cluster: slow", "route: t[h other]"]);
});

test("a cluster without endpoints gets an empty assignment", () => {
  const driver = served();
  driver.update({ cluster: [cluster("b")] });
  driver.request("endpoint", { names: ["b"] });
  const endpoints = driver
    .responses()
    .flatMap((response) => response.resources)
    .find((resource) => resource.name === "b" && resource.hosts.length === 0);
  expect(endpoints?.content).toEqual({ name: "b", salt: "", isBad: false, clusters: [], table: "" });
});

test("a changed cluster is followed by its endpoints, which have not changed", () => {
  const driver = served();
  driver.update({ cluster: [cluster("a", "2")] });
  expect(driver.taken()).toEqual(["cluster: a", "endpoint: a"]);
});

test("a cluster is removed only when the last use is acknowledged to be gone, and the grace period is over", () => {
  const driver = served();
  driver.update({ cluster: [gone("a")], endpoint: [gone("a")], virtualHost: [host("h", "", "2")] });
  expect(driver.taken()).toEqual(["route: t[h2]"]);
  vi.advanceTimersByTime(60_000);
  expect(driver.taken()).toEqual([]);
  driver.acknowledge("route");
  vi.advanceTimersByTime(4_999);
  expect(driver.taken()).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(driver.taken()).toEqual(["cluster: -a"]);
});

test("a removed cluster that comes back within the grace period is not touched", () => {
  const driver = served();
  driver.update({ cluster: [gone("a")], virtualHost: [host("h", "", "2")] });
  driver.acknowledge("route");
  driver.taken();
  driver.update({ cluster: [cluster("a")], virtualHost: [host("h", "a", "3")] });
  expect(driver.taken()).toEqual(["route: t[h3]"]);
  vi.advanceTimersByTime(60_000);
  expect(driver.taken()).toEqual([]);
});

test("a listener waits for its clusters, and its removal does not", () => {
  const driver = served();
  driver.update({
    cluster: [cluster("b")],
    listener: [{ name: "tcp", value: modelResource("tcp", { clusters: ["b"] }) }, gone("l")],
  });
  expect(driver.taken()).toEqual(["cluster: b", "listener: -l"]);
  driver.acknowledge("listener");
  driver.request("endpoint", { names: ["b"] });
  driver.acknowledge("endpoint", "cluster");
  expect(driver.taken()).toEqual(["endpoint: b", "listener: tcp"]);
});

test("a new table waits for clusters on their way, but not for ever", () => {
  const driver = served();
  driver.update({
    cluster: [cluster("slow")],
    route: [{ name: "t2", value: modelResource("t2") }],
    virtualHost: [
      { table: "t2", name: "x", value: modelHost("t2", "x", { clusters: ["slow"] }) },
      { table: "t2", name: "y", value: modelHost("t2", "y", { clusters: ["a"] }) },
    ],
  });
  driver.request("route", { names: ["t2"] });
  expect(driver.taken()).toEqual(["cluster: slow"]);
  vi.advanceTimersByTime(1_000);
  expect(driver.taken()).toEqual(["route: t2[y]"]);
});

test("a full stream is written to again after it has drained, with the newest only", () => {
  const driver = served();
  driver.takesMore = false;
  driver.update({ virtualHost: [host("h", "a", "2")] });
  driver.acknowledge("route");
  driver.update({ virtualHost: [host("h", "a", "3")] });
  driver.update({ virtualHost: [host("h", "a", "4")] });
  expect(driver.taken()).toEqual(["route: t[h2]"]);
  driver.isBlocked = false;
  driver.session.pump();
  expect(driver.taken()).toEqual(["route: t[h4]"]);
});

test("of what is refused together the good goes out again, and the bad is kept back until it changes", () => {
  const driver = served();
  driver.update({ virtualHost: [host("h", "a", "2"), host("x", "a"), host("bad", "a", "poison"), host("y", "a")] });
  driver.refuse("route", "there is poison in it");
  expect(driver.taken()).toEqual(["route: t[badpoison h2 x y]", "route: t[h2 x y]"]);
  driver.acknowledge("route");
  driver.refuse("route", "there is poison in it");
  expect(driver.taken()).toEqual(["route: t[badpoison h2 x y]"]);
  expect(driver.rejected).toEqual([
    {
      fleet: "f",
      node: "envoy-1",
      type: "route",
      name: "t",
      virtualHost: "bad",
      message: "there is poison in it",
      from: ["Test bad"],
    },
  ]);
  driver.update({ virtualHost: [host("x", "a", "2")] });
  expect(driver.taken()).toEqual(["route: t[h2 x2 y]"]);
  driver.acknowledge("route");
  driver.update({ virtualHost: [host("bad", "a", "mended")] });
  expect(driver.taken()).toEqual(["route: t[badmended h2 x2 y]"]);
  expect(driver.recovered).toEqual([]);
  driver.acknowledge("route");
  expect(driver.recovered).toEqual(driver.rejected);
});

test("a virtual host whose new form is refused stays in its last good form", () => {
  const driver = served();
  driver.update({ virtualHost: [host("h", "a", "poison")] });
  driver.refuse("route", "no");
  driver.update({ virtualHost: [host("x", "a")] });
  expect(driver.taken()).toEqual(["route: t[hpoison]", "route: t[h x]"]);
});

test("what is refused only because of its order is accepted in the end", () => {
  const driver = served();
  driver.update({
    virtualHost: [host("gets", "a", "domain"), host("h", "a", "loses"), host("bad", "a", "bad"), host("ok", "a")],
  });
  let sent: string[] = driver.taken();
  for (let round = 0; round < 12 && sent.length > 0; round++) {
    const table = sent.at(-1) ?? "";
    const clashes = table.includes("getsdomain") && !table.includes("hloses");
    if (clashes || table.includes("badbad")) driver.refuse("route", "");
    else driver.acknowledge("route");
    sent = driver.taken();
  }
  expect(driver.rejected.map((rejection) => rejection.virtualHost)).toEqual(["bad"]);
  driver.update({ virtualHost: [host("ok", "a", "2")] });
  expect(driver.taken()).toEqual(["route: t[getsdomain hloses ok2]"]);
});

test("what one Envoy refuses reaches the others apart from everything else", () => {
  const first = served();
  first.update({ virtualHost: [host("bad", "a", "poison")] });
  first.refuse("route", "no");
  const second = new SessionDriver({ store: first.store, node: "envoy-2" });
  second.request("cluster", {});
  second.request("endpoint", { names: ["a"] });
  second.acknowledge("endpoint", "cluster");
  second.request("route", { names: ["t"] });
  second.acknowledge("route");
  expect(second.taken()).toEqual(["cluster: a", "endpoint: a", "route: t[h]", "route: t[badpoison h]"]);
});

/** The versions an Envoy with everything of `start` tells a new process. */
function versions(driver: SessionDriver) {
  const of = (type: "cluster" | "endpoint" | "listener") =>
    new Map([...driver.store.resources(type)].map(([name, entry]) => [name, entry.version]));
  return {
    cluster: of("cluster"),
    endpoint: of("endpoint"),
    listener: of("listener"),
    table: driver.store.table("t").version(new Map()),
  };
}

function reconnected(had: ReturnType<typeof versions>, change: FleetChange): SessionDriver {
  const driver = new SessionDriver();
  driver.update(start);
  driver.update(change);
  driver.request("cluster", { initialVersions: had.cluster });
  driver.request("endpoint", { names: [...had.endpoint.keys()], initialVersions: had.endpoint });
  driver.request("listener", { initialVersions: had.listener });
  driver.request("route", { names: ["t"], initialVersions: new Map([["t", had.table]]) });
  return driver;
}

test("an Envoy that has everything from an earlier process is sent nothing", () => {
  expect(reconnected(versions(served()), {}).taken()).toEqual([]);
});

test("an Envoy that comes back is sent the differences, and nothing is removed before its tables are known", () => {
  const change = { cluster: [cluster("b"), gone("a")], virtualHost: [host("h", "b", "2")] };
  const driver = reconnected(versions(served()), change);
  expect(driver.taken()).toEqual(["cluster: b"]);
  vi.advanceTimersByTime(500);
  driver.request("endpoint", { names: ["b"] });
  driver.acknowledge("endpoint", "cluster");
  expect(driver.taken()).toEqual(["endpoint: b", "route: t[h2]"]);
  vi.advanceTimersByTime(60_000);
  expect(driver.taken()).toEqual([]);
  driver.acknowledge("route");
  vi.advanceTimersByTime(5_000);
  expect(driver.taken()).toEqual(["cluster: -a"]);
});

test("a host an earlier process could not get accepted is tried alone, and its table stays whole", () => {
  const driver = reconnected(versions(served()), { virtualHost: [host("bad", "a", "poison")] });
  driver.refuse("route", "no");
  expect(driver.taken()).toEqual(["route: t[badpoison h]"]);
  expect(driver.rejected).toMatchObject([{ virtualHost: "bad" }]);
});

test("a closed stream's rejections are taken back", () => {
  const driver = served();
  driver.update({ virtualHost: [host("bad", "a", "poison")] });
  driver.refuse("route", "no");
  expect(driver.session.detach(driver)).toBe(true);
  expect(driver.recovered).toEqual(driver.rejected);
});

test("an empty fleet's clusters and listeners are answered, because Envoy's start waits for them", () => {
  const driver = new SessionDriver();
  driver.request("cluster", {});
  driver.request("listener", {});
  expect(driver.taken()).toEqual(["cluster:", "listener:"]);
});

test("endpoints asked for twice are sent twice", () => {
  const driver = served();
  driver.request("endpoint", { names: ["a"] });
  expect(driver.taken()).toEqual(["endpoint: a"]);
});
