import type { Collection, Context, Graph, Index } from "../../engine/index.ts";
import { type Condition, isTrue } from "../conditions.ts";
import { sameData } from "../equal.ts";
import type { ServerCertificate } from "./certificates.ts";
import { coveringHostnames, type Hostname } from "./hostnames.ts";
import type { ListenerModel } from "./model.ts";

/** Finds HTTPS listeners between which a client may reuse a connection (HTTP/2 coalescing), so that requests reach the wrong one. */
export interface OverlapFinder {
  /** Condition `OverlappingTLSConfig` of a listener that overlaps with another one of its port. */
  find(ctx: Context, listener: ListenerModel): Condition | undefined;
}

/** Adds the look-ups to the graph. Their cost follows the number of labels and of overlaps, not of listeners. */
export function createOverlapFinder(
  graph: Graph,
  listeners: Collection<ListenerModel>,
  certificates: Collection<ServerCertificate>,
): OverlapFinder {
  const named = graph.derive({
    name: "overlapNames",
    from: listeners,
    map: (listener, _key, ctx) => (isServed(listener) ? namesOf(listener, certificates, ctx) : undefined),
    equal: sameData,
  });
  const byCertificate = indexNames(graph, "CertificateName", named, ({ certificateNames }) => certificateNames);
  const byHostname = indexNames(graph, "Hostname", named, ({ hostname }) => [hostname]);
  return {
    find(ctx, listener) {
      const own = ctx.get(named, listener.key);
      if (!own) return undefined;
      for (const name of own.certificateNames) {
        const other = findOther(ctx, byCertificate, own, name, listener.key);
        if (other) return overlap("OverlappingCertificates", `certificate name ${name}`, other);
      }
      const other = findOther(ctx, byHostname, own, own.hostname, listener.key);
      return other === undefined ? undefined : overlap("OverlappingHostnames", `hostname ${own.hostname}`, other);
    },
  };
}

/** What a served HTTPS listener is known by. */
interface ListenerNames {
  /** Fleet and port: names are compared within one port only. */
  readonly port: string;
  readonly hostname: Hostname;
  readonly certificateNames: readonly Hostname[];
}

function namesOf(listener: ListenerModel, certificates: Collection<ServerCertificate>, ctx: Context): ListenerNames {
  const certificateNames = listener.certificates.flatMap((key) => {
    const certificate = ctx.get(certificates, key);
    return certificate?.isValid ? certificate.names : [];
  });
  return {
    port: `${listener.fleet}|${listener.listener.port}`,
    hostname: listener.hostname,
    certificateNames: [...new Set(certificateNames)],
  };
}

/** Listeners filed under their names, and under every name that covers one of their names. */
interface NameIndexes {
  readonly exact: Index<ListenerNames>;
  readonly covered: Index<ListenerNames>;
}

function indexNames(
  graph: Graph,
  what: string,
  from: Collection<ListenerNames>,
  pick: (names: ListenerNames) => readonly Hostname[],
): NameIndexes {
  const file = (names: ListenerNames, under: (name: Hostname) => Iterable<Hostname>): string[] =>
    pick(names).flatMap((name) => [...under(name)].map((key) => `${names.port}|${key}`));
  return {
    exact: graph.index({ name: `listenersBy${what}`, from, keys: (names) => file(names, (name) => [name]) }),
    covered: graph.index({ name: `listenersUnder${what}`, from, keys: (names) => file(names, coveringHostnames) }),
  };
}

/** Another listener of the port with a name that covers `name` or is covered by it. */
function findOther(
  ctx: Context,
  { exact, covered }: NameIndexes,
  { port }: ListenerNames,
  name: Hostname,
  own: string,
): string | undefined {
  const covering = [...coveringHostnames(name)].flatMap((key) => ctx.lookup(exact, `${port}|${key}`));
  return [...covering, ...ctx.lookup(covered, `${port}|${name}`)].find(({ key }) => key !== own)?.key;
}

const isServed = ({ isProgrammed, listener }: ListenerModel): boolean => isProgrammed && listener.protocol === "HTTPS";

function overlap(reason: string, what: string, other: string): Condition {
  const message = `Its ${what} overlaps with listener ${other}; HTTP/2 is switched off on both, so that no connection is used for the other's hosts.`;
  return isTrue("OverlappingTLSConfig", reason, message);
}
