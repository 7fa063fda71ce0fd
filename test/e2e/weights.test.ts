import { beforeAll, expect, test } from "vitest";
import { httpRoute, useBackend, useGateway } from "./harness/index.ts";

const gateway = useGateway();
const backends = ["a", "b", "c"].map((name) => useBackend(name));
beforeAll(() => gateway().apply(...backends.map((backend) => backend())));

/** How many of the requests each backend (or status) got. */
async function shares(host: string, total = 300): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (let i = 0; i < total; i += 20) {
    const answers = await Promise.all(Array.from({ length: 20 }, () => gateway().request("/", { host })));
    for (const answer of answers) {
      const who = answer.status === 200 ? answer.echo.pod : String(answer.status);
      counts[who] = (counts[who] ?? 0) + 1;
    }
  }
  return counts;
}

const rule = (...refs: readonly string[]) => `- { backendRefs: [${refs.join(", ")}] }`;
const ref = (name: string, weight?: number) =>
  `{ name: ${name}, port: 80${weight === undefined ? "" : `, weight: ${weight}`} }`;

test("requests are shared out by weight", async () => {
  const host = "weights.test";
  await gateway().apply(httpRoute("weights", host, rule(ref("a", 70), ref("b", 30), ref("c", 0))));
  const { a = 0, b = 0, c = 0 } = await shares(host);
  expect(a + b).toBe(300);
  expect(c).toBe(0);
  expect(a).toBeGreaterThan(170);
  expect(b).toBeGreaterThan(50);
});

test("without weights backends get equal shares", async () => {
  const host = "equal.test";
  await gateway().apply(httpRoute("equal", host, rule(ref("a"), ref("b"), ref("c"))));
  const counts = await shares(host);
  for (const name of ["a", "b", "c"]) expect(counts[name], name).toBeGreaterThan(60);
});

test("a backend named twice has both shares", async () => {
  const host = "twice.test";
  await gateway().apply(httpRoute("twice", host, rule(ref("a", 1), ref("b", 1), ref("a", 2))));
  const { a = 0, b = 0 } = await shares(host);
  expect(a + b).toBe(300);
  expect(a).toBeGreaterThan(b * 1.5);
});

test("only weights of 0 give 500", async () => {
  const host = "zero.test";
  await gateway().apply(httpRoute("zero", host, rule(ref("a", 0), ref("b", 0))));
  expect(await shares(host, 20)).toEqual({ 500: 20 });
});

test("a rule without backends gives 500", async () => {
  const host = "none.test";
  await gateway().apply(httpRoute("none", host, "- { matches: [{ path: { value: / } }] }"));
  expect(await shares(host, 20)).toEqual({ 500: 20 });
  expect(gateway().conditions("HTTPRoute default/none")).toContain("Accepted=True Accepted");
});

test.each([
  ["a Service that does not exist", ref("missing", 1), "BackendNotFound"],
  ["a port the Service does not have", "{ name: b, port: 81, weight: 1 }", "BackendNotFound"],
  ["an unknown kind", "{ group: example.test, kind: Thing, name: b, port: 80, weight: 1 }", "InvalidKind"],
  ["another namespace without a grant", "{ name: b, namespace: secret, port: 80, weight: 1 }", "RefNotPermitted"],
])("the share of %s gets 500, the other is served", async (what, bad, reason) => {
  const name = `invalid-${what.replaceAll(/[^a-z]+/gi, "-").toLowerCase()}`;
  const host = `${name}.test`;
  await gateway().apply(httpRoute(name, host, rule(ref("a", 1), bad)));
  const counts = await shares(host);
  expect(Object.keys(counts).sort()).toEqual(["500", "a"]);
  expect(counts["500"]).toBeGreaterThan(90);
  expect(counts["a"]).toBeGreaterThan(90);
  const resolved = gateway()
    .conditions(`HTTPRoute default/${name}`)
    .find((condition) => condition.startsWith("ResolvedRefs"));
  expect(resolved).toMatch(new RegExp(`^ResolvedRefs=False (${reason}|PortNotFound)$`));
});

test("weights that change are the shares from then on", async () => {
  const host = "changing.test";
  await gateway().apply(httpRoute("changing", host, rule(ref("a", 1), ref("b", 0))));
  expect(await shares(host, 40)).toEqual({ a: 40 });
  await gateway().apply(httpRoute("changing", host, rule(ref("a", 0), ref("b", 1))));
  expect(await shares(host, 40)).toEqual({ b: 40 });
  await gateway().apply(httpRoute("changing", host, rule(ref("c", 5))));
  expect(await shares(host, 40)).toEqual({ c: 40 });
});
