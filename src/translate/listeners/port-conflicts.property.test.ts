import fc from "fast-check";
import { expect, test } from "vitest";
import { put } from "../policies/testing/objects.ts";
import { conditions, gateway, listenerSet, type TestListener, world } from "./testing/listener-sets.ts";

const classes: Readonly<Record<string, string>> = { HTTP: "http", TCP: "tcp", UDP: "udp" };

/** Listeners of one object; no two with the same protocol, port and hostname, as the schema wants it. */
const listeners = fc
  .array(
    fc.record({
      port: fc.constantFrom(8080, 8081),
      protocol: fc.constantFrom("HTTP", "HTTP", "HTTP", "TCP", "UDP"),
      hostname: fc.constantFrom(undefined, "a.test", "b.test"),
    }),
    { minLength: 1, maxLength: 3 },
  )
  .map((drafts) => {
    const distinct = new Map(
      drafts.map(({ hostname, ...socket }) => {
        const named = socket.protocol === "HTTP" ? { ...socket, hostname } : socket;
        return [JSON.stringify(named), named];
      }),
    );
    return [...distinct.values()].map((listener, i): TestListener => ({ ...listener, name: `l${i}` }));
  });

interface Owner {
  readonly listeners: readonly TestListener[];
}

/** The rules by the book: objects one after the other, each with all its listeners at once. */
function expected(owners: readonly Owner[]): (string | undefined)[][] {
  const protocols = new Map<string, string>();
  const deciding = owners.map(({ listeners: own }) => new Map(own.map((one) => [socketOf(one), classesOn(own, one)])));
  for (const sockets of deciding) {
    for (const [socket, used] of sockets) {
      const [only, ...others] = used;
      if (only !== undefined && others.length === 0 && !protocols.has(socket)) protocols.set(socket, only);
    }
  }
  const decided = new Set<string>();
  const taken = new Set<string>();
  return owners.map(({ listeners: own }, i) => {
    const verdicts = own.map((listener) => {
      const socket = socketOf(listener);
      const isMixed = (deciding[i]?.get(socket)?.size ?? 0) > 1;
      const isOfPort = protocols.get(socket) === classOf(listener) && (!isMixed || decided.has(socket));
      if (!isOfPort) return "ProtocolConflict";
      const claim = `${socket}|${listener.hostname ?? "*"}`;
      const isTaken = taken.has(claim);
      taken.add(claim);
      if (!isTaken) return undefined;
      return listener.protocol === "HTTP" ? "HostnameConflict" : "ProtocolConflict";
    });
    for (const [socket, used] of deciding[i] ?? []) if (used.size === 1) decided.add(socket);
    return verdicts;
  });
}

const classOf = ({ protocol = "" }: TestListener) => classes[protocol] ?? "";
const socketOf = ({ port, protocol }: TestListener) => `${port}/${protocol === "UDP" ? "UDP" : "TCP"}`;
const classesOn = (own: readonly TestListener[], at: TestListener) =>
  new Set(own.filter((other) => socketOf(other) === socketOf(at)).map(classOf));

test("whatever a Gateway and its ListenerSets declare, and in whatever order they come, the first ones keep their ports and hostnames", () => {
  fc.assert(
    fc.property(
      listeners,
      fc.array(fc.tuple(listeners, fc.integer({ min: 0, max: 2 })), { maxLength: 5 }),
      fc.integer(),
      (own, sets, seed) => {
        const ordered = sets
          .map(([declared, age], i) => ({ name: `s${i}`, age, listeners: declared }))
          .sort((a, b) => a.age - b.age || (a.name < b.name ? -1 : 1));
        const objects = [gateway("eg", own), ...ordered.map((set) => listenerSet(set.name, set.listeners, set))];
        const translation = world();
        for (const object of rotated(objects, seed)) {
          put(translation, object);
          translation.commit();
        }
        const ids = ["Gateway/default/eg", ...ordered.map(({ name }) => `ListenerSet/default/${name}`)];
        const got = [own, ...ordered.map((set) => set.listeners)].map((each, i) =>
          each.map(({ name }) => conflictOf(conditions(translation, ids[i] ?? "", name))),
        );
        expect(got).toEqual(expected([{ listeners: own }, ...ordered]));
      },
    ),
    { numRuns: 150 },
  );
});

function rotated<T>(list: readonly T[], seed: number): T[] {
  const start = Math.abs(seed) % list.length;
  return [...list.slice(start), ...list.slice(0, start)];
}

const conflictOf = (of: readonly string[]): string | undefined =>
  of.find((condition) => condition.startsWith("Conflicted=True "))?.slice("Conflicted=True ".length);
