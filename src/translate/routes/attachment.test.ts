import { describe, expect, test } from "vitest";
import { conditions, gateway, listenerSet, route, world } from "../listeners/testing/listener-sets.ts";
import { put } from "../policies/testing/objects.ts";

const own = [{ name: "own", hostname: "own.test" }];
const accepts = (it: ReturnType<typeof world>, object: string, part?: string) =>
  conditions(it, object, part).filter((condition) => condition.startsWith("Accepted="));
const attachedTo = (it: ReturnType<typeof world>, object: string) =>
  Object.fromEntries(
    (it.statuses.get(object)?.body.listeners ?? []).map(({ name, attachedRoutes }) => [name, attachedRoutes]),
  );

describe("a ListenerSet", () => {
  const allows = (from: string, more = {}) => ({ allowedListeners: { namespaces: { from, ...more } } });
  const blue = { selector: { matchLabels: { team: "blue" } } };

  test.each([
    ["nothing is said", {}, "other", false],
    ["None", allows("None"), "default", false],
    ["Same, and it is in the same namespace", allows("Same"), "default", true],
    ["Same, and it is elsewhere", allows("Same"), "other", false],
    ["All", allows("All"), "other", true],
    ["Selector, which takes its namespace", allows("Selector", blue), "other", true],
    ["Selector, which does not", allows("Selector", blue), "default", false],
    ["a selector that is missing", allows("Selector"), "other", false],
  ])("is attached as the Gateway allows: %s", (_, spec, namespace, isAllowed) => {
    const { allowedListeners: __, ...plain } = gateway().spec as Record<string, unknown>;
    const it = world(
      { ...gateway(), spec: { ...plain, ...spec } },
      { apiVersion: "v1", kind: "Namespace", metadata: { name: "other", labels: { team: "blue" } } },
      listenerSet("set", own, { namespace }),
    );
    const reasons = isAllowed ? ["True Accepted", "True Programmed"] : ["False NotAllowed", "False NotAllowed"];
    expect(conditions(it, `ListenerSet/${namespace}/set`)).toEqual([
      `Accepted=${reasons[0]}`,
      `Programmed=${reasons[1]}`,
    ]);
    expect(it.statuses.get("Gateway/default/eg")?.body.attachedListenerSets ?? 0).toBe(isAllowed ? 1 : 0);
    expect(it.statuses.get(`ListenerSet/${namespace}/set`)?.body.listeners?.length ?? 0).toBe(isAllowed ? 1 : 0);
  });

  test("follows a label of its namespace at once", () => {
    const namespace = (team: string) => ({
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: "default", labels: { team } },
    });
    const it = world(namespace("red"), gateway("eg", undefined, allows("Selector", blue)), listenerSet("set", own));
    expect(accepts(it, "ListenerSet/default/set")).toEqual(["Accepted=False NotAllowed"]);
    put(it, namespace("blue"));
    it.commit();
    expect(accepts(it, "ListenerSet/default/set")).toEqual(["Accepted=True Accepted"]);
  });

  test("of somebody else's Gateway, or of none, has no status", () => {
    const it = world(gateway(), listenerSet("set", own, { parent: "missing" }));
    expect(it.statuses.get("ListenerSet/default/set")).toBeUndefined();
  });

  test("waits for a Gateway that is not accepted", () => {
    const it = world(
      gateway("eg", undefined, { addresses: [{ type: "example.test/Strange", value: "x" }] }),
      listenerSet("set", own),
    );
    expect(accepts(it, "ListenerSet/default/set")).toEqual(["Accepted=False ParentNotAccepted"]);
  });

  test("moves to another Gateway with its routes", () => {
    const it = world(gateway(), gateway("second", [{ name: "http", port: 8081 }]), listenerSet("set", own));
    put(it, route("r", "set"));
    it.commit();
    put(it, listenerSet("set", [{ ...own[0], name: "own", port: 8081 }], { parent: "second" }));
    const { xds } = it.commit();
    expect([...xds.keys()].sort()).toEqual(["default/eg", "default/second"]);
    expect(accepts(it, "HTTPRoute/default/r", "set")).toEqual(["Accepted=True Accepted"]);
    const sets = (name: string) => it.statuses.get(`Gateway/default/${name}`)?.body.attachedListenerSets;
    expect([sets("eg"), sets("second")]).toEqual([0, 1]);
  });
});

describe("a route", () => {
  test("of a ListenerSet is on its listeners and on no others", () => {
    const it = world(
      gateway(),
      listenerSet("set", [...own, { name: "more", port: 8082 }]),
      listenerSet("other", [{ name: "own", hostname: "other.test" }]),
      route("r", "set"),
    );
    expect(attachedTo(it, "ListenerSet/default/set")).toEqual({ own: 1, more: 1 });
    expect(attachedTo(it, "ListenerSet/default/other")).toEqual({ own: 0 });
    expect(attachedTo(it, "Gateway/default/eg")).toEqual({ http: 0 });
  });

  test.each([
    ["a section", { sectionName: "own" }, { own: 1, more: 0 }],
    ["a port", { port: 8082 }, { own: 0, more: 1 }],
    ["a section on another port", { sectionName: "own", port: 8082 }, { own: 0, more: 0 }],
  ])("names %s of a ListenerSet", (_, more, attached) => {
    const it = world(
      gateway(),
      listenerSet("set", [...own, { name: "more", port: 8082 }]),
      route("r", "set", { parentRefs: [{ kind: "ListenerSet", name: "set", ...more }] }),
    );
    expect(attachedTo(it, "ListenerSet/default/set")).toEqual(attached);
  });

  test("cannot name a ListenerSet's listener as a section of the Gateway", () => {
    const parentRefs = [{ name: "eg", sectionName: "own" }];
    const it = world(gateway(), listenerSet("set", own), route("r", "set", { parentRefs }));
    expect(accepts(it, "HTTPRoute/default/r", "eg")).toEqual(["Accepted=False NoMatchingParent"]);
  });

  test("is judged for each of its parents alone, and has entries for those it names", () => {
    const both = [
      { name: "eg", sectionName: "own" },
      { kind: "ListenerSet", name: "set", sectionName: "own" },
    ];
    const it = world(gateway(), listenerSet("set", own), route("r", "", { parentRefs: both }), route("q", "set"));
    expect(accepts(it, "HTTPRoute/default/r", "eg")).toEqual(["Accepted=False NoMatchingParent"]);
    expect(accepts(it, "HTTPRoute/default/r", "set")).toEqual(["Accepted=True Accepted"]);
    expect(it.statuses.get("HTTPRoute/default/q")?.body.parents).toHaveLength(1);
  });

  test("of a ListenerSet that is not allowed is not accepted", () => {
    const it = world(gateway("eg", undefined, { allowedListeners: undefined }), listenerSet("set", own));
    put(it, route("r", "set"));
    it.commit();
    expect(accepts(it, "HTTPRoute/default/r", "set")).toEqual(["Accepted=False NoMatchingParent"]);
  });

  test("in the ListenerSet's namespace is in the same one, wherever the Gateway is", () => {
    const parentRefs = [{ kind: "ListenerSet", name: "set", namespace: "other" }];
    const near = { ...route("near", "", { parentRefs }), metadata: { name: "near", namespace: "other" } };
    const it = world(
      gateway(),
      listenerSet("set", own, { namespace: "other" }),
      near,
      route("far", "", { parentRefs }),
    );
    expect(accepts(it, "HTTPRoute/other/near", "set")).toEqual(["Accepted=True Accepted"]);
    expect(accepts(it, "HTTPRoute/default/far", "set")).toEqual(["Accepted=False NotAllowedByListeners"]);
  });
});

describe("a route that asks for default Gateways", () => {
  const all = { defaultScope: "All" };
  const asks = { parentRefs: undefined, useDefaultGateways: "All" };

  test("is attached to all of them, and follows when they come and go", () => {
    const it = world(
      gateway("eg", undefined, all),
      gateway("second", [{ name: "x", port: 8081 }]),
      route("r", "", asks),
    );
    const parents = () =>
      (it.statuses.get("HTTPRoute/default/r")?.body.parents ?? []).map(({ parentRef }) => parentRef.name);
    expect(parents()).toEqual(["eg"]);
    expect(accepts(it, "HTTPRoute/default/r", "eg")).toEqual(["Accepted=True Accepted"]);
    put(it, gateway("second", [{ name: "x", port: 8081 }], all));
    it.commit();
    expect(parents()).toEqual(["eg", "second"]);
    put(it, gateway("eg", undefined, { defaultScope: "None" }));
    it.commit();
    expect(parents()).toEqual(["second"]);
  });

  test("has one entry for a default Gateway that it names as well", () => {
    const it = world(gateway("eg", undefined, all), route("r", "", { ...asks, parentRefs: [{ name: "eg" }] }));
    expect(it.statuses.get("HTTPRoute/default/r")?.body.parents).toHaveLength(1);
    expect(attachedTo(it, "Gateway/default/eg")).toEqual({ http: 1 });
  });

  test("is on none if it says None", () => {
    const it = world(gateway("eg", undefined, all), route("r", "", { ...asks, useDefaultGateways: "None" }));
    expect(it.statuses.get("HTTPRoute/default/r")).toBeUndefined();
  });
});
