import { fromBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { expect, test } from "vitest";
import { registry } from "../../features/kinds.ts";
import { ListenerSchema } from "../../gen/envoy/config/listener/v3/listener_pb.js";
import { createAuthority } from "../../xds/testing/certificates.ts";
import { defaultTranslationOptions } from "../options.ts";
import { anyWrite, beginning, type Write } from "../testing/random-objects.ts";
import { randomListener, streamRoute } from "../testing/random-streams.ts";
import { gatewayApi, written } from "../testing/random-writes.ts";
import { Translation, type TranslationChanges } from "../translation.ts";

const kinds = registry.kinds.map(({ kind }) => kind);
const authority = await createAuthority();
const certificates = await Promise.all(["x.test", "y.test"].map((name) => authority.issue(name)));

/** Anything, and in the end a Gateway and routes, so that something is served. */
const world: fc.Arbitrary<readonly Write[]> = fc
  .tuple(
    fc.array(anyWrite(certificates), { maxLength: 20 }),
    fc.uniqueArray(randomListener, { minLength: 1, maxLength: 3, selector: ({ name }) => name }),
    fc.array(streamRoute, { maxLength: 6 }),
  )
  .map(([anything, listeners, routes]) => {
    const spec = { gatewayClassName: "eg", listeners };
    const gateway = written(gatewayApi, "Gateway", { spec }, { name: "eg", namespace: "default" });
    return [...anything, ...[gateway, ...routes].flatMap((write) => write ?? [])];
  });

function translate(writes: readonly Write[]): TranslationChanges["xds"] {
  const translation = new Translation(defaultTranslationOptions, kinds);
  for (const { kind, key, object } of [...beginning, ...writes]) translation.write(kind, key, object);
  return translation.commit().xds;
}

test("whatever listeners and routes there are, Envoy gets sockets, server names and clusters that go together", () => {
  let chainsSeen = 0;
  fc.assert(
    fc.property(world, (writes) => {
      for (const { listener = [], cluster = [] } of translate(writes).values()) {
        const sent = new Set(cluster.map(({ name }) => name));
        const sockets: string[] = [];
        for (const { value } of listener) {
          if (!value) continue;
          const message = fromBinary(ListenerSchema, value.bytes);
          const socket = message.address?.address;
          if (socket?.case === "socketAddress") {
            const { protocol, portSpecifier } = socket.value;
            sockets.push(`${protocol} ${portSpecifier.value}`);
          }
          for (const name of value.clusters ?? []) expect(sent, `clusters of ${value.name}`).toContain(name);
          const names = message.filterChains.map(({ filterChainMatch }) => filterChainMatch?.serverNames.join() ?? "*");
          expect(new Set(names).size, `server names of ${value.name}: ${names}`).toBe(names.length);
          const isDatagrams = message.listenerFilters.some(({ name }) => name.includes("udp"));
          expect(isDatagrams || names.length > 0 || message.defaultFilterChain !== undefined).toBe(true);
          chainsSeen += names.length;
        }
        expect(new Set(sockets).size, `sockets ${sockets}`).toBe(sockets.length);
      }
    }),
    { numRuns: 300 },
  );
  expect(chainsSeen).toBeGreaterThan(60);
});
