import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { testContext } from "../../testing/context.ts";
import { runEgctl } from "../program.ts";

const condition = (type: string, status: string, reason: string, time = "2026-01-01T00:00:00Z") => ({
  type,
  status,
  reason,
  message: `about ${type}`,
  observedGeneration: 2,
  lastTransitionTime: time,
});
const parent = (name: string, ...conditions: object[]) => ({
  parentRef: { kind: "Gateway", name },
  controllerName: "c",
  conditions,
});

/** What an admin server says; two namespaces, a route with two parents, a class without namespace. */
const items = [
  {
    kind: "GatewayClass",
    metadata: { name: "eg" },
    status: { conditions: [condition("Accepted", "True", "Accepted")] },
  },
  {
    kind: "HTTPRoute",
    metadata: { namespace: "default", name: "shop" },
    status: {
      parents: [
        parent(
          "eg",
          condition("Accepted", "True", "Accepted"),
          condition("ResolvedRefs", "False", "BackendNotFound", "2026-01-02T00:00:00Z"),
        ),
        parent("other", condition("Accepted", "True", "Accepted")),
      ],
    },
  },
  {
    kind: "HTTPRoute",
    metadata: { namespace: "team", name: "blog" },
    status: { parents: [parent("eg", condition("Accepted", "True", "Accepted"))] },
  },
];

const server = createServer((_, response) => response.end(JSON.stringify({ items })));
let admin: string;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  admin = `127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

async function status(...args: string[]): Promise<string> {
  const context = testContext();
  expect(await runEgctl(["x", "status", ...args, "--admin", admin], context)).toBe(0);
  return context.out();
}

describe("egctl x status", () => {
  test("shows the newest condition first and leaves repeated cells blank", async () => {
    expect(await status("httproute")).toBe(
      [
        "NAME   PARENT REFERENCE   TYPE           STATUS   REASON",
        "shop   gateway/eg         ResolvedRefs   False    BackendNotFound",
        "                          Accepted       True     Accepted",
        "       gateway/other      Accepted       True     Accepted",
        "",
      ].join("\n"),
    );
  });

  test("shows all namespaces, one condition each, messages and times, when asked", async () => {
    expect(await status("httproute", "-A", "-q")).toContain("team        blog   gateway/eg         Accepted");
    expect((await status("httproute", "-q")).split("\n")).toHaveLength(4);
    expect(await status("gc", "-v")).toBe(
      [
        "NAME   TYPE       STATUS   REASON     MESSAGE          OBSERVED GENERATION   LAST TRANSITION TIME",
        "eg     Accepted   True     Accepted   about Accepted   2                     2026-01-01T00:00:00Z",
        "",
      ].join("\n"),
    );
  });

  test("names kinds where several are shown", async () => {
    const out = await status("all", "-n", "team");
    expect(out).toContain("gatewayclass/eg");
    expect(out).toContain("httproute/blog");
    expect(out).not.toContain("shop");
    expect(await status("xpolicy")).toBe("No statuses in namespace default; -A shows those of all namespaces.\n");
  });
});
