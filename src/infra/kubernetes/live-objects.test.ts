import { expect, test } from "vitest";
import type { AnyObject } from "../../kube/client.ts";
import { LiveObjects } from "./live-objects.ts";
import { ownerLabels } from "./ownership.ts";

const live = (): LiveObjects =>
  new LiveObjects({
    namespace: "envoy-gateway-system",
    controllerName: "example.com/controller",
    deploy: "ControllerNamespace",
    clusterDomain: "cluster.local",
    images: { envoy: "envoy:1", shutdownManager: "gateway:1" },
  });

function object(name: string, resourceVersion: string): AnyObject {
  const labels = { [ownerLabels.gatewayName]: name, [ownerLabels.gatewayNamespace]: "default" };
  return { metadata: { namespace: "envoy-gateway-system", name, resourceVersion, uid: name, labels } };
}

test("what was made after a list was taken is not among what the list shows to be gone", () => {
  const objects = live();
  objects.put("Service", object("gone", "9"));
  objects.put("Service", object("listed", "5"));
  objects.put("Service", object("made", "11"));
  const listed = new Set(["envoy-gateway-system/listed"]);
  expect(objects.keepOnly("Service", listed, "10", () => true)).toEqual(["default/gone"]);
  expect(objects.ownerships()).toEqual([]);
  expect(objects.of("default/made")).toHaveLength(1);
  expect(objects.of("default/listed")).toHaveLength(1);
});

test("a list of some namespaces says nothing of the others", () => {
  const objects = live();
  objects.put("Service", object("eg", "9"));
  expect(objects.keepOnly("Service", new Set(), "10", (namespace) => namespace === "other")).toEqual([]);
});

test("after the API server was set back, what it tells is newer than what is known", () => {
  const objects = live();
  objects.put("Service", object("kept", "20"));
  objects.put("Service", object("gone", "21"));
  objects.setBack("Service", () => true);
  objects.put("Service", object("kept", "3"));
  expect(objects.keepOnly("Service", new Set(["envoy-gateway-system/kept"]), "5", () => true)).toEqual([
    "default/gone",
  ]);
  expect(objects.get("Service", "envoy-gateway-system/kept")?.metadata.resourceVersion).toBe("3");
});
