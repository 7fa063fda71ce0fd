import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { expect, test } from "vitest";
import { RouteSchema } from "../gen/envoy/config/route/v3/route_components_pb.js";
import { createLean } from "./lean-message.ts";

type RouteInit = MessageInitShape<typeof RouteSchema>;

const text = fc.string({ maxLength: 12 });
const header = fc.record({ header: fc.record({ key: text, value: text }) });
const duration = fc.record({ seconds: fc.bigInt(0n, 100n), nanos: fc.nat(1_000) });
const match = fc.record(
  {
    pathSpecifier: fc.oneof(
      text.map((value) => ({ case: "prefix" as const, value })),
      text.map((regex) => ({ case: "safeRegex" as const, value: { regex } })),
    ),
    headers: fc.array(
      fc.record({
        name: text,
        headerMatchSpecifier: text.map((value) => ({
          case: "stringMatch" as const,
          value: { matchPattern: { case: "exact" as const, value } },
        })),
      }),
      { maxLength: 2 },
    ),
    caseSensitive: fc.boolean(),
  },
  { requiredKeys: [] },
);
const forward = fc.record(
  {
    clusterSpecifier: fc.oneof(
      text.map((value) => ({ case: "cluster" as const, value })),
      fc
        .array(fc.record({ name: text, weight: fc.nat(10) }), { maxLength: 3 })
        .map((clusters) => ({ case: "weightedClusters" as const, value: { clusters } })),
    ),
    timeout: duration,
    appendXForwardedHost: fc.boolean(),
    upgradeConfigs: fc.array(fc.record({ upgradeType: text }), { maxLength: 2 }),
    retryPolicy: fc.record({ retryOn: text, numRetries: fc.nat(5), retriableStatusCodes: fc.array(fc.nat(599)) }),
  },
  { requiredKeys: [] },
);
const route: fc.Arbitrary<RouteInit> = fc.record(
  {
    name: text,
    match,
    action: fc.oneof(
      forward.map((value) => ({ case: "route" as const, value })),
      fc.nat(599).map((status) => ({ case: "directResponse" as const, value: { status } })),
    ),
    requestHeadersToAdd: fc.array(header, { maxLength: 2 }),
    responseHeadersToRemove: fc.array(text, { maxLength: 2 }),
    metadata: text.map((value) => ({ filterMetadata: { filter: { value } } })),
    typedPerFilterConfig: fc.dictionary(text, fc.record({ typeUrl: text, value: fc.uint8Array({ maxLength: 4 }) })),
  },
  { requiredKeys: [] },
);

test("a lean message encodes to the same bytes as the whole one", () => {
  fc.assert(
    fc.property(route, (init) => {
      const whole = toBinary(RouteSchema, create(RouteSchema, init));
      expect(Buffer.from(toBinary(RouteSchema, createLean(RouteSchema, init)))).toEqual(Buffer.from(whole));
    }),
    { numRuns: 300 },
  );
});

test("messages do not share what was not given to them", () => {
  const first = createLean(RouteSchema, { name: "first" });
  const second = createLean(RouteSchema, { name: "second" });
  expect(() => first.requestHeadersToRemove.push("x")).toThrow();
  expect(second.requestHeadersToRemove).toEqual([]);
});
