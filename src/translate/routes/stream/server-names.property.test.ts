import { fromBinary } from "@bufbuild/protobuf";
import { anyUnpack } from "@bufbuild/protobuf/wkt";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type KubeObject, keyOf } from "../../../api/object.ts";
import { registry } from "../../../features/kinds.ts";
import type { FilterChain } from "../../../gen/envoy/config/listener/v3/listener_components_pb.js";
import { ListenerSchema } from "../../../gen/envoy/config/listener/v3/listener_pb.js";
import { TcpProxySchema } from "../../../gen/envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy_pb.js";
import { admit } from "../../../schema/admit.ts";
import { coveringHostnames, covers, normalizeHostname } from "../../listeners/hostnames.ts";
import { defaultTranslationOptions } from "../../options.ts";
import { Translation } from "../../translation.ts";

const kinds = registry.kinds.map(({ kind }) => kind);
const gatewayApi = "gateway.networking.k8s.io/v1";
const hostname = fc.constantFrom("a.test", "x.a.test", "y.x.a.test", "b.test", "*.test", "*.a.test", "*.x.a.test");

interface World {
  /** Hostnames of passthrough listeners; the index names the listener. */
  readonly listeners: readonly (string | undefined)[];
  /** The index names the route, and the smaller is the older. */
  readonly routes: readonly { readonly hostnames: readonly string[]; readonly listener: number | undefined }[];
}

const world: fc.Arbitrary<World> = fc.record({
  listeners: fc.uniqueArray(fc.option(hostname, { nil: undefined }), { minLength: 1, maxLength: 4 }),
  routes: fc.array(
    fc.record({
      hostnames: fc.uniqueArray(hostname, { minLength: 1, maxLength: 3 }),
      listener: fc.option(fc.nat({ max: 3 }), { nil: undefined, freq: 2 }),
    }),
    { maxLength: 6 },
  ),
});

const objectsOf = ({ listeners, routes }: World): readonly KubeObject[] => [
  {
    apiVersion: gatewayApi,
    kind: "GatewayClass",
    metadata: { name: "eg" },
    spec: { controllerName: defaultTranslationOptions.controllerName },
  },
  {
    apiVersion: gatewayApi,
    kind: "Gateway",
    metadata: { name: "eg", namespace: "default" },
    spec: {
      gatewayClassName: "eg",
      listeners: listeners.map((name, i) => ({
        name: `l${i}`,
        port: 8443,
        protocol: "TLS",
        ...(name ? { hostname: name } : {}),
        tls: { mode: "Passthrough" },
      })),
    },
  },
  ...routes.map(({ hostnames, listener }, i) => ({
    apiVersion: gatewayApi,
    kind: "TLSRoute",
    metadata: { name: `r${i}`, namespace: "default", creationTimestamp: `2026-01-0${i + 1}T00:00:00Z` },
    spec: {
      parentRefs: [{ name: "eg", ...(listener === undefined ? {} : { sectionName: `l${listener}` }) }],
      hostnames,
      rules: [{ backendRefs: [{ name: "s", port: 80 }] }],
    },
  })),
];

function chainsOf(given: World): readonly FilterChain[] {
  const translation = new Translation(defaultTranslationOptions, kinds);
  for (const raw of objectsOf(given)) {
    const kind = registry.findKind(raw.apiVersion, raw.kind);
    const object = kind && (admit(kind, raw).object as KubeObject | undefined);
    if (!object) throw new Error(`bad ${raw.kind}`);
    translation.write(raw.kind, keyOf(raw), object);
  }
  const [listener] = translation.commit().xds.get("default/eg")?.listener ?? [];
  return listener?.value ? fromBinary(ListenerSchema, listener.value.bytes).filterChains : [];
}

/** Which route Envoy hands connections to: the chain with the most precise server name, and its cluster. */
function servedBy(chains: readonly FilterChain[], serverName: string): string | undefined {
  for (const name of coveringHostnames(serverName)) {
    const chain = chains.find(({ filterChainMatch }) => (filterChainMatch?.serverNames[0] ?? "*") === name);
    const config = chain?.filters[0]?.configType;
    const proxy = config?.case === "typedConfig" ? anyUnpack(config.value, TcpProxySchema) : undefined;
    if (proxy) return /^tlsroute\/default\/(r\d)\//.exec(String(proxy.clusterSpecifier.value))?.[1];
  }
  return undefined;
}

/** The Gateway API's words: the most precise listener; there the route that names the host most precisely; then the oldest. */
function wantedBy({ listeners, routes }: World, serverName: string): string | undefined {
  const names = listeners.map(normalizeHostname);
  const specific = (a: string, b: string) =>
    [...coveringHostnames(serverName)].indexOf(a) - [...coveringHostnames(serverName)].indexOf(b);
  const [owner] = names.filter((name) => covers(name, serverName)).sort(specific);
  if (owner === undefined) return undefined;
  const candidates = routes.flatMap(({ hostnames, listener }, i) => {
    if (listener !== undefined && names[listener] !== owner) return [];
    const [best] = hostnames.filter((name) => covers(name, serverName)).sort(specific);
    return best ? [{ route: `r${i}`, best }] : [];
  });
  const [first] = candidates.sort((a, b) => specific(a.best, b.best));
  return first?.route;
}

test("for any listeners and routes of a port, each server name is served by the route the specification says", () => {
  let served = 0;
  const names = ["a.test", "x.a.test", "y.x.a.test", "z.x.a.test", "b.test", "c.test", "other.example"];
  fc.assert(
    fc.property(world, (given) => {
      const chains = chainsOf(given);
      for (const name of names) {
        const wanted = wantedBy(given, name);
        expect(servedBy(chains, name), name).toBe(wanted);
        if (wanted) served++;
      }
    }),
    { numRuns: 300 },
  );
  expect(served).toBeGreaterThan(200);
});
