/** Random objects of a small world: few names, so that references meet, break and mend. */
import fc from "fast-check";
import { configMap, envoyProxy, proxyReference, routeFilter, routeFilterLists, secret } from "./random-extensions.ts";
import { allowedListeners, defaultScope, listenerSet, parentRef } from "./random-listener-sets.ts";
import { randomListener, streamRoute } from "./random-streams.ts";
import { backendTls, backendTlsPolicy, gatewayTls, trafficPolicy } from "./random-tls.ts";
import {
  backendRef,
  gatewayApi,
  generation,
  namespaces,
  reference,
  times,
  type Write,
  written,
} from "./random-writes.ts";

export type { Write } from "./random-writes.ts";

const gatewayClass = fc
  .record({ controllerName: fc.constantFrom("gateway.envoyproxy.io/gatewayclass-controller", "example.test/other") })
  .map((spec) => written(gatewayApi, "GatewayClass", { spec }, { name: "eg" }));

const gateway = fc
  .record({
    name: fc.constantFrom("eg", "second"),
    time: times,
    generation,
    labels: fc.constantFrom(undefined, { a: "1" }, { a: "2" }),
    listeners: fc.uniqueArray(randomListener, { minLength: 1, maxLength: 3, selector: ({ name }) => name }),
    address: fc.constantFrom(undefined, undefined, undefined, { type: "Strange/Type", value: "x" }),
    tls: gatewayTls,
    spec: fc.record({ allowedListeners, defaultScope, infrastructure: proxyReference }),
  })
  .map(({ name, time, generation: version, labels, listeners, address, tls, spec }) =>
    written(
      gatewayApi,
      "Gateway",
      {
        spec: {
          ...spec,
          gatewayClassName: "eg",
          ...(address ? { addresses: [address] } : {}),
          tls,
          listeners,
        },
      },
      { name, namespace: "default", creationTimestamp: time, generation: version, labels },
    ),
  );

const match = fc.record({
  path: fc.constantFrom(
    undefined,
    { type: "Exact", value: "/a" },
    { type: "PathPrefix", value: "/a" },
    { type: "PathPrefix", value: "/a/b" },
    { type: "RegularExpression", value: "/r[0-9]" },
    { type: "RegularExpression", value: "/(" },
  ),
  method: fc.constantFrom(undefined, "GET", "PUT"),
  headers: fc.constantFrom(undefined, [{ name: "x", value: "1" }]),
});

const filters = fc.constantFrom<readonly object[]>(
  [],
  [{ type: "RequestHeaderModifier", requestHeaderModifier: { set: [{ name: "x", value: "1" }] } }],
  [{ type: "RequestMirror", requestMirror: { backendRef: { name: "two", port: 80 } } }],
  [{ type: "CORS", cors: { allowOrigins: ["https://foo.test"] } }],
  [{ type: "ExternalAuth", externalAuth: { protocol: "GRPC", grpc: {}, backendRef: { name: "one", port: 80 } } }],
  [{ type: "ExtensionRef", extensionRef: { group: "example.test", kind: "None", name: "x" } }],
  ...routeFilterLists,
);

const rule = fc
  .record({ matches: fc.array(match, { maxLength: 2 }), filters, refs: fc.array(backendRef, { maxLength: 3 }) })
  .map(({ matches, filters: list, refs }) => ({
    ...(matches.length > 0 ? { matches } : {}),
    ...(list.length > 0 ? { filters: list } : {}),
    ...(refs.length > 0 ? { backendRefs: refs.map(reference) } : {}),
  }));

const callMatch = fc.record({
  method: fc.constantFrom(
    undefined,
    { service: "a" },
    { service: "a", method: "b" },
    { method: "b" },
    { type: "RegularExpression", service: "a.*" },
    { type: "RegularExpression", method: "(" },
  ),
  headers: fc.constantFrom(undefined, [{ name: "x", value: "1" }]),
});

const grpcRule = fc
  .record({
    matches: fc.array(callMatch, { maxLength: 2 }),
    filters: filters.filter((list) => list.every((filter) => !("cors" in filter || "externalAuth" in filter))),
    refs: fc.array(backendRef, { maxLength: 3 }),
    session: fc.constantFrom(undefined, undefined, { type: "Header", header: { name: "x-session" } }),
  })
  .map(({ matches, filters: list, refs, session }) => ({
    ...(matches.length > 0 ? { matches } : {}),
    ...(list.length > 0 ? { filters: list } : {}),
    ...(refs.length > 0 ? { backendRefs: refs.map(reference) } : {}),
    ...(session ? { sessionPersistence: session } : {}),
  }));

const redirectRule = fc.constantFrom({
  filters: [{ type: "RequestRedirect", requestRedirect: { scheme: "https" } }],
});

/** A route of either kind; the kinds share names, hosts and some of the paths. */
const requestRoute = (kind: "HTTPRoute" | "GRPCRoute", ruleOfKind: fc.Arbitrary<object>) =>
  fc
    .record({
      name: fc.constantFrom("r0", "r1", "r2"),
      namespace: namespaces,
      time: times,
      generation,
      parents: fc.uniqueArray(
        fc
          .tuple(parentRef, fc.constantFrom(undefined, "a", "b"))
          .map(([parent, sectionName]) => ({ ...parent, sectionName })),
        { minLength: 1, maxLength: 2, selector: ({ name, sectionName }) => `${name} ${sectionName}` },
      ),
      useDefaultGateways: defaultScope,
      hostnames: fc.uniqueArray(fc.constantFrom("x.test", "y.test", "*.test", "z.x.test"), { maxLength: 2 }),
      rules: fc.array(ruleOfKind, { minLength: 1, maxLength: 3 }),
    })
    .map(({ name, namespace, time, generation: version, parents, useDefaultGateways, hostnames, rules }) =>
      written(
        gatewayApi,
        kind,
        {
          spec: {
            parentRefs: parents.map((parent) => ({ ...parent, namespace: "default" })),
            useDefaultGateways,
            ...(hostnames.length > 0 ? { hostnames } : {}),
            rules,
          },
        },
        { name, namespace, creationTimestamp: time, generation: version },
      ),
    );

const httpRoute = requestRoute(
  "HTTPRoute",
  fc.oneof({ weight: 5, arbitrary: rule }, { weight: 1, arbitrary: redirectRule }),
);
const grpcRoute = requestRoute("GRPCRoute", grpcRule);

const service = fc
  .record({
    name: fc.constantFrom("one", "two"),
    namespace: namespaces,
    appProtocol: fc.constantFrom(undefined, "kubernetes.io/h2c"),
    port: fc.constantFrom(80, 81),
  })
  .map(({ name, namespace, appProtocol, port }) =>
    written(
      "v1",
      "Service",
      {
        spec: {
          ports: [
            { name: "http", port, appProtocol },
            { name: "udp", port, protocol: "UDP" },
          ],
        },
      },
      { name, namespace },
    ),
  );

const endpointSlice = fc
  .record({
    name: fc.constantFrom("s0", "s1"),
    namespace: namespaces,
    service: fc.constantFrom("one", "two"),
    addresses: fc.uniqueArray(fc.constantFrom("10.0.0.1", "10.0.0.2", "10.0.0.3"), { minLength: 1, maxLength: 3 }),
    conditions: fc.constantFrom({}, { ready: false }, { ready: false, serving: true, terminating: true }),
    isFQDN: fc.integer({ min: 0, max: 5 }).map((n) => n === 0),
  })
  .map(({ name, namespace, service: owner, addresses, conditions, isFQDN }) =>
    written(
      "discovery.k8s.io/v1",
      "EndpointSlice",
      {
        addressType: isFQDN ? "FQDN" : "IPv4",
        ports: [
          { name: "http", port: 8080 },
          { name: "udp", port: 8081, protocol: "UDP" },
        ],
        endpoints: addresses.map((address) => ({
          addresses: [isFQDN ? `h${address.at(-1)}.test` : address],
          conditions,
        })),
      },
      { name, namespace, labels: { "kubernetes.io/service-name": owner } },
    ),
  );

const backend = fc
  .record({
    name: fc.constantFrom("one", "two"),
    namespace: namespaces,
    fallback: fc.constantFrom(undefined, true),
    host: fc.constantFrom("10.1.0.1", "10.1.0.2", "name.test"),
    tls: backendTls,
  })
  .map(({ name, namespace, fallback, host, tls }) =>
    written(
      "gateway.envoyproxy.io/v1alpha1",
      "Backend",
      {
        spec: {
          fallback,
          tls,
          endpoints: [
            host === "name.test" ? { fqdn: { hostname: host, port: 80 } } : { ip: { address: host, port: 80 } },
          ],
        },
      },
      { name, namespace },
    ),
  );

const grant = fc
  .record({
    name: fc.constantFrom("g0", "g1"),
    namespace: namespaces,
    from: fc.constantFrom("HTTPRoute", "Gateway", "TLSRoute"),
    to: fc.constantFrom("Service", "Secret", "Backend"),
    only: fc.constantFrom(undefined, "one", "far"),
  })
  .map(({ name, namespace, from, to, only }) =>
    written(
      gatewayApi,
      "ReferenceGrant",
      {
        spec: {
          from: [
            {
              group: "gateway.networking.k8s.io",
              kind: from,
              namespace: namespace === "default" ? "other" : "default",
            },
          ],
          to: [{ group: to === "Backend" ? "gateway.envoyproxy.io" : "", kind: to, name: only }],
        },
      },
      { name, namespace },
    ),
  );

const namespaceObject = fc
  .record({ name: namespaces, team: fc.constantFrom("blue", "red") })
  .map(({ name, team }) => written("v1", "Namespace", {}, { name, labels: { team } }));

const policy = fc
  .record({
    name: fc.constantFrom("p0", "p1"),
    target: fc.constantFrom(
      { kind: "Gateway", name: "eg" },
      { kind: "ListenerSet", name: "set0" },
      { kind: "ListenerSet", name: "set0", sectionName: "a" },
      { kind: "HTTPRoute", name: "r0" },
      { kind: "HTTPRoute", name: "r1" },
    ),
    uri: fc.constantFrom("https://one.test/", "https://two.test/keys"),
    time: times,
  })
  .map(({ name, target, uri, time }) =>
    written(
      "gateway.envoyproxy.io/v1alpha1",
      "SecurityPolicy",
      {
        spec: {
          targetRefs: [{ group: "gateway.networking.k8s.io", ...target }],
          jwt: { providers: [{ name: "p", remoteJWKS: { uri } }] },
        },
      },
      { name, namespace: "default", creationTimestamp: time },
    ),
  );

/** Any write to this world; every fifth one removes what another would put. */
export function anyWrite(
  certificates: readonly { readonly cert: string; readonly key: string }[],
): fc.Arbitrary<Write> {
  const put = fc.oneof(
    { weight: 1, arbitrary: gatewayClass },
    { weight: 4, arbitrary: gateway },
    { weight: 5, arbitrary: listenerSet },
    { weight: 8, arbitrary: httpRoute },
    { weight: 5, arbitrary: grpcRoute },
    { weight: 6, arbitrary: streamRoute },
    { weight: 3, arbitrary: service },
    { weight: 3, arbitrary: endpointSlice },
    { weight: 2, arbitrary: backend },
    { weight: 2, arbitrary: grant },
    { weight: 3, arbitrary: backendTlsPolicy },
    { weight: 2, arbitrary: trafficPolicy },
    { weight: 2, arbitrary: namespaceObject },
    { weight: 2, arbitrary: secret(certificates) },
    { weight: 2, arbitrary: policy },
    { weight: 3, arbitrary: routeFilter },
    { weight: 2, arbitrary: envoyProxy },
    { weight: 1, arbitrary: configMap },
  );
  return fc
    .tuple(put, fc.integer({ min: 0, max: 4 }))
    .filter(([write]) => write !== undefined)
    .map(([write, action]) => ({ kind: "", key: "", ...write, object: action === 0 ? undefined : write?.object }));
}

/** What is there at first: a class, a Gateway and a Service. Random changes alone would rarely serve anything. */
export const beginning: readonly Write[] = [
  written(
    gatewayApi,
    "GatewayClass",
    { spec: { controllerName: "gateway.envoyproxy.io/gatewayclass-controller" } },
    { name: "eg" },
  ),
  written(
    gatewayApi,
    "Gateway",
    {
      spec: {
        gatewayClassName: "eg",
        listeners: [{ name: "a", port: 8080, protocol: "HTTP", allowedRoutes: { namespaces: { from: "All" } } }],
        allowedListeners: { namespaces: { from: "All" } },
      },
    },
    { name: "eg", namespace: "default" },
  ),
  written("v1", "Service", { spec: { ports: [{ name: "http", port: 80 }] } }, { name: "one", namespace: "default" }),
].flatMap((write) => write ?? []);
