import { expect, test } from "vitest";
import type { AnyObject } from "../../kube/client.ts";
import { patched } from "./patch.ts";

const dns: AnyObject = {
  metadata: { name: "s", namespace: "n" },
  spec: {
    ports: [
      { name: "tcp-53", port: 53, protocol: "TCP", targetPort: 10053 },
      { name: "udp-53", port: 53, protocol: "UDP", targetPort: 10053 },
      { name: "http-80", port: 80, protocol: "TCP", targetPort: 10080 },
    ],
  },
};

function portsAfter(ports: readonly object[]): unknown {
  const object = patched("Service", dns, { type: "StrategicMerge", value: { spec: { ports } } } as never, "patch");
  return (object as { readonly spec?: { readonly ports?: unknown } }).spec?.ports;
}

test("ports of one number are told apart by their protocol", () => {
  const ports = portsAfter([
    { port: 53, protocol: "UDP", nodePort: 30_002 },
    { port: 53, protocol: "TCP", nodePort: 30_001 },
  ]);
  expect(ports).toEqual([
    { name: "tcp-53", port: 53, protocol: "TCP", targetPort: 10053, nodePort: 30_001 },
    { name: "udp-53", port: 53, protocol: "UDP", targetPort: 10053, nodePort: 30_002 },
    { name: "http-80", port: 80, protocol: "TCP", targetPort: 10080 },
  ]);
});

test("a number that is there once is meant, whatever the patch says of its protocol", () => {
  expect(portsAfter([{ port: 80, appProtocol: "http" }])).toContainEqual(
    expect.objectContaining({ name: "http-80", appProtocol: "http" }),
  );
  expect(portsAfter([{ port: 80, protocol: "UDP" }])).toHaveLength(3);
});

test("ports are added and taken away", () => {
  const ports = portsAfter([
    { port: 53, protocol: "UDP", $patch: "delete" },
    { port: 81, name: "further" },
  ]);
  expect(ports).toEqual([
    expect.objectContaining({ name: "tcp-53" }),
    expect.objectContaining({ name: "http-80" }),
    { name: "further", port: 81 },
  ]);
});

test("a list of ports replaces another one where it says so", () => {
  expect(portsAfter([{ $patch: "replace" }, { port: 81, name: "mine" }])).toEqual([{ port: 81, name: "mine" }]);
});
