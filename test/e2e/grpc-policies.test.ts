import { afterAll, beforeAll, expect, test } from "vitest";
import { GrpcCaller, grpcRoute, useGrpcBackend } from "./harness/grpc/index.ts";
import { useGateway } from "./harness/index.ts";
import { issuerManifest, type JwtIssuer, jwtPolicy, startIssuer } from "./jwt-issuer.ts";

const gateway = useGateway();
const one = useGrpcBackend("one");
let issuer: JwtIssuer;
beforeAll(async () => {
  issuer = await startIssuer();
  await gateway().apply(one().manifest, issuerManifest(issuer));
});
afterAll(() => issuer.stop());

const to = "backendRefs: [{ name: one, port: 80 }]";
const ask = async (authority: string, method: string, metadata: Record<string, string> = {}) => {
  const { status, answer } = await new GrpcCaller(gateway().port).call(`test.Calls/${method}`, { authority, metadata });
  return status === "OK" ? answer.pod : status;
};

test("a policy for a GRPCRoute holds for all its rules, and says so", async () => {
  const host = "guarded.test";
  await gateway().apply(
    grpcRoute("guarded", host, `- { ${to} }`),
    jwtPolicy("guarded", "kind: GRPCRoute, name: guarded", "claimToHeaders: [{ header: x-sub, claim: sub }]"),
  );
  expect(gateway().conditions("SecurityPolicy default/guarded")).toEqual(["Accepted=True Accepted"]);
  expect(await ask(host, "Echo")).toBe("UNAUTHENTICATED");
  const metadata = { authorization: `Bearer ${await issuer.token({ sub: "jo" })}` };
  expect(await ask(host, "Echo", metadata)).toBe("one");
  const { answer } = await new GrpcCaller(gateway().port).call("test.Calls/Echo", { authority: host, metadata });
  expect(answer.headers["x-sub"]).toBe("jo");
  await gateway().delete("SecurityPolicy default/guarded");
  expect(await ask(host, "Echo")).toBe("one");
});

test("a policy for a named rule holds for that rule alone", async () => {
  const host = "rule.test";
  await gateway().apply(
    grpcRoute(
      "rule",
      host,
      `
- { name: closed, matches: [{ method: { method: Echo } }], ${to} }
- { name: open, matches: [{ method: { method: EchoTwo } }], ${to} }`,
    ),
    jwtPolicy("rule", "kind: GRPCRoute, name: rule, sectionName: closed"),
  );
  expect(await ask(host, "Echo")).toBe("UNAUTHENTICATED");
  expect(await ask(host, "EchoTwo")).toBe("one");
});

test("a policy for the Gateway holds for its GRPCRoutes, too", async () => {
  const host = "gateway.test";
  await gateway().apply(grpcRoute("gateway", host, `- { ${to} }`), jwtPolicy("gateway", "kind: Gateway, name: eg"));
  expect(await ask(host, "Echo")).toBe("UNAUTHENTICATED");
  await gateway().delete("SecurityPolicy default/gateway");
  expect(await ask(host, "Echo")).toBe("one");
});
