/** Random ListenerSets, Gateways' word on them, and what routes and policies name as parent or target because of them. */
import fc from "fast-check";
import { randomListener } from "./random-streams.ts";
import { gatewayApi, generation, namespaces, times, written } from "./random-writes.ts";

/** `spec.allowedListeners` of a Gateway, mostly such that sets of all namespaces come in. */
export const allowedListeners = fc.constantFrom(
  ...[undefined, "All", "All", "All", "Same", "None", "Selector"].map((from) =>
    from === undefined
      ? undefined
      : { namespaces: { from, ...(from === "Selector" ? { selector: { matchLabels: { team: "blue" } } } : {}) } },
  ),
);

/** `spec.defaultScope` of a Gateway, or `spec.useDefaultGateways` of a route. */
export const defaultScope = fc.constantFrom(undefined, undefined, "All", "None");

export const listenerSet = fc
  .record({
    name: fc.constantFrom("set0", "set1", "set2"),
    namespace: namespaces,
    time: times,
    generation,
    gateway: fc.constantFrom("eg", "eg", "second", "missing"),
    listeners: fc.uniqueArray(randomListener, { minLength: 1, maxLength: 3, selector: ({ name }) => name }),
  })
  .map(({ name, namespace, time, generation: version, gateway, listeners }) =>
    written(
      gatewayApi,
      "ListenerSet",
      { spec: { parentRef: { name: gateway, namespace: "default" }, listeners } },
      { name, namespace, creationTimestamp: time, generation: version },
    ),
  );

/** A parentRef without its section. */
export const parentRef = fc.constantFrom(
  { name: "eg" },
  { name: "eg" },
  { name: "second" },
  { kind: "ListenerSet", name: "set0" },
  { kind: "ListenerSet", name: "set1" },
);
