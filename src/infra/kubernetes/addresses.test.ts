import { expect, test } from "vitest";
import type { AnyObject } from "../../kube/client.ts";
import { serviceAddresses } from "./addresses.ts";

const node = (name: string, address: string): AnyObject => ({
  metadata: { name },
  status: { addresses: [{ type: "InternalIP", address }] },
});

test("an address counts as given however it is written", () => {
  const ingress = [{ ip: "2001:db8::1" }, { ip: "192.0.2.1" }];
  const service = { metadata: { name: "s" }, spec: { type: "LoadBalancer" }, status: { loadBalancer: { ingress } } };
  expect(serviceAddresses(service, ["192.0.2.1", "2001:0DB8::1"], [])).toMatchObject({ unusable: [] });
  const inside = { metadata: { name: "s" }, spec: { type: "ClusterIP", clusterIPs: ["2001:db8::2"] } };
  expect(serviceAddresses(inside, ["2001:DB8:0::2"], [])).toMatchObject({ unusable: [] });
  expect(serviceAddresses(inside, ["2001:db8::3"], [])).toMatchObject({ unusable: ["2001:db8::3"] });
});

test("addresses of nodes come in the same order whichever node was known first", () => {
  const service = { metadata: { name: "s" }, spec: { type: "NodePort" } };
  const nodes = [node("c", "10.0.0.1"), node("a", "10.0.0.3"), node("b", "10.0.0.2")];
  const expected = ["10.0.0.3", "10.0.0.2", "10.0.0.1"].map((value) => ({ type: "IPAddress", value }));
  expect(serviceAddresses(service, [], nodes).addresses).toEqual(expected);
  expect(serviceAddresses(service, [], [...nodes].reverse()).addresses).toEqual(expected);
});
