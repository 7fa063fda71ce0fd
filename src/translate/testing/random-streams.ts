/** Random listeners of all protocols, and routes for those that carry no HTTP. */
import fc from "fast-check";
import { backendRef, gatewayApi, generation, namespaces, reference, times, written } from "./random-writes.ts";

/** Mostly such that listeners can share their port. */
const sockets = fc.constantFrom(
  ...([
    ...Array.from({ length: 6 }, () => [8080, "HTTP"]),
    ...Array.from({ length: 3 }, () => [8081, "HTTPS"]),
    ...Array.from({ length: 3 }, () => [8081, "Passthrough"]),
    [8081, "TLS"],
    [8081, "HTTP"],
    [8081, "TCP"],
    [8082, "TCP"],
    [8080, "UDP"],
  ] as const),
);

const secretRef = (secret: string) => (secret === "far" ? { name: "far", namespace: "other" } : { name: secret });

/** A listener as it is written; often one that conflicts with another, or lacks its certificate. */
export const randomListener = fc
  .record({
    name: fc.constantFrom("a", "b", "c"),
    hostname: fc.constantFrom(undefined, "*.test", "x.test", "*.x.test"),
    from: fc.constantFrom("Same", "All", "Selector"),
    socket: sockets,
    secret: fc.constantFrom("one", "two", "far"),
  })
  .map(({ name, socket: [port, protocol], hostname, from, secret }) => ({
    name,
    port,
    ...(protocol === "TCP" || protocol === "UDP" ? {} : { hostname }),
    ...(protocol === "Passthrough" ? { protocol: "TLS", tls: { mode: "Passthrough" } } : { protocol }),
    ...(protocol === "HTTPS" || protocol === "TLS"
      ? { tls: { mode: "Terminate", certificateRefs: [secretRef(secret)] } }
      : {}),
    allowedRoutes: {
      namespaces: { from, ...(from === "Selector" ? { selector: { matchLabels: { team: "blue" } } } : {}) },
    },
  }));

/** A TLSRoute, TCPRoute or UDPRoute. */
export const streamRoute = fc
  .record({
    kind: fc.constantFrom("TLSRoute", "TLSRoute", "TCPRoute", "UDPRoute"),
    name: fc.constantFrom("s0", "s1"),
    namespace: namespaces,
    time: times,
    version: generation,
    parent: fc.constantFrom(
      { name: "eg" },
      { name: "eg", sectionName: "a" },
      { name: "second" },
      { kind: "ListenerSet", name: "set0" },
    ),
    hostnames: fc.uniqueArray(fc.constantFrom("x.test", "y.test", "*.test", "z.x.test"), {
      minLength: 1,
      maxLength: 2,
    }),
    refs: fc.array(backendRef, { minLength: 1, maxLength: 3 }),
  })
  .map(({ kind, name, namespace, time, version, parent, hostnames, refs }) =>
    written(
      gatewayApi,
      kind,
      {
        spec: {
          parentRefs: [{ ...parent, namespace: "default" }],
          ...(kind === "TLSRoute" ? { hostnames } : {}),
          rules: [{ backendRefs: refs.map(reference) }],
        },
      },
      { name, namespace, creationTimestamp: time, generation: version },
    ),
  );
