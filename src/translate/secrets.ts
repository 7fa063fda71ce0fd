import type { Collection, Graph } from "../engine/index.ts";
import type { Resource } from "../xds/resources.ts";
import type { ClusterSpec } from "./backends/cluster-spec.ts";
import { sameData } from "./equal.ts";
import type { ServerCertificate } from "./listeners/certificates.ts";
import { certificateSecret } from "./listeners/envoy/downstream-tls.ts";
import type { ListenerModel } from "./listeners/model.ts";

/** A secret that a fleet's listeners or clusters name. */
interface SecretNeed {
  readonly fleet: string;
  readonly name: string;
  readonly isCertificate: boolean;
}

/** What secrets are made from. */
export interface SecretSources {
  readonly listeners: Collection<ListenerModel>;
  /** Server certificates by Secret. */
  readonly certificates: Collection<ServerCertificate>;
  /** Clusters of each fleet. */
  readonly clusters: Collection<{ readonly fleet: string; readonly spec: ClusterSpec }>;
  /** CA secrets by name. */
  readonly caSecrets: Collection<Resource>;
}

/** Encoded secrets, keyed `<fleet>|<name>`: exactly those that the fleet's listeners and clusters name. */
export function createSecrets(graph: Graph, sources: SecretSources): Collection<Resource> {
  const ofListeners = graph.expand({
    name: "certificateNeeds",
    from: sources.listeners,
    map: ({ isProgrammed, certificates, fleet }, key) =>
      isProgrammed
        ? certificates.map((name): readonly [string, SecretNeed] => [
            `${key}|${name}`,
            { fleet, name, isCertificate: true },
          ])
        : [],
    equal: sameData,
  });
  const ofClusters = graph.expand({
    name: "caNeeds",
    from: sources.clusters,
    map: ({ fleet, spec }, key): (readonly [string, SecretNeed])[] => {
      const trust = spec.tls?.trust;
      return typeof trust === "object"
        ? [[`cluster|${key}`, { fleet, name: trust.caSecret, isCertificate: false }]]
        : [];
    },
    equal: sameData,
  });
  return graph.group({
    name: "secrets",
    from: graph.union({ name: "secretNeeds", from: [ofListeners, ofClusters] }),
    by: ({ fleet, name }) => `${fleet}|${name}`,
    reduce: (members, _group, ctx) => {
      const need = members[0]?.value;
      if (!need) return undefined;
      if (!need.isCertificate) return ctx.get(sources.caSecrets, need.name);
      const certificate = ctx.get(sources.certificates, need.name);
      return certificate?.isValid ? certificateSecret(need.name, certificate) : undefined;
    },
    equal: sameData,
  });
}
