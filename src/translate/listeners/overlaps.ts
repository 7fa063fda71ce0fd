import type { Collection, Context, Graph } from "../../engine/index.ts";
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
        if (other) return overlap("OverlappingCertificates", `certificate name ${name}`, own, other);
      }
      const other = findOther(ctx, byHostname, own, own.hostname, listener.key);
      return other && overlap("OverlappingHostnames", `hostname ${own.hostname}`, own, other);
    },
  };
}

/** What a served HTTPS listener is known by. */
interface ListenerNames {
  /** Fleet and port: names are compared within one port only. */
  readonly port: string;
  /** Of the object that declares it. */
  readonly namespace: string;
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
    namespace: listener.namespace,
    hostname: listener.hostname,
    certificateNames: [...new Set(certificateNames)],
  };
}

/** A listener as far as others that overlap with it may tell. */
type OtherListener = Pick<ListenerNames, "namespace"> & { readonly key: string };

/**
 * Two listeners (if there are as many) filed under each of their names, and under every name that covers one of them. To find another one than
 * itself a listener needs no more than two, and hears nothing of those that come and go beside them.
 */
interface NameIndexes {
  readonly exact: Collection<readonly OtherListener[]>;
  readonly covered: Collection<readonly OtherListener[]>;
}

function indexNames(
  graph: Graph,
  what: string,
  from: Collection<ListenerNames>,
  pick: (names: ListenerNames) => readonly Hostname[],
): NameIndexes {
  const firstTwo = (
    name: string,
    under: (name: Hostname) => Iterable<Hostname>,
  ): Collection<readonly OtherListener[]> =>
    graph.group({
      name,
      from,
      by: (names) => new Set(pick(names).flatMap((each) => [...under(each)].map((key) => `${names.port}|${key}`))),
      reduce: (members) => members.slice(0, 2).map(({ key, value: { namespace } }) => ({ key, namespace })),
      equal: sameData,
    });
  return {
    exact: firstTwo(`listenersBy${what}`, (name) => [name]),
    covered: firstTwo(`listenersUnder${what}`, coveringHostnames),
  };
}

/** Another listener of the port with a name that covers `name` or is covered by it. */
function findOther(
  ctx: Context,
  { exact, covered }: NameIndexes,
  { port }: ListenerNames,
  name: Hostname,
  own: string,
): OtherListener | undefined {
  const covering = [...coveringHostnames(name)].flatMap((key) => ctx.get(exact, `${port}|${key}`) ?? []);
  return [...covering, ...(ctx.get(covered, `${port}|${name}`) ?? [])].find(({ key }) => key !== own);
}

const isServed = ({ isProgrammed, listener }: ListenerModel): boolean => isProgrammed && listener.protocol === "HTTPS";

/** Names the other listener only to those who may see it anyway. */
function overlap(reason: string, what: string, own: ListenerNames, { key, namespace }: OtherListener): Condition {
  const other = namespace === own.namespace ? `listener ${key}` : "a listener of another namespace on this port";
  const message = `Its ${what} overlaps with ${other}; requests for the other's hosts over its connections are answered with 421.`;
  return isTrue("OverlappingTLSConfig", reason, message);
}
