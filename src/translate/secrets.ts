import type { Collection, Graph } from "../engine/index.ts";
import type { Resource } from "../xds/resources.ts";
import { type ClusterNeed, tlsKinds } from "./backends/cluster-spec.ts";
import { sameData } from "./equal.ts";
import type { ListenerModel } from "./listeners/model.ts";

/** A secret that a fleet's listeners or clusters name. */
interface SecretNeed extends NamedSecret {
  readonly fleet: string;
}

/** Names of certificates are those of Kubernetes' Secrets, so one may also be the name of authorities. */
interface NamedSecret {
  readonly name: string;
  readonly isCertificate: boolean;
}

/** What secrets are made from. */
export interface SecretSources {
  readonly listeners: Collection<ListenerModel>;
  /** Clusters of each fleet. */
  readonly clusters: Collection<ClusterNeed>;
  /** Certificates with their keys, by name. */
  readonly certificates: Collection<Resource>;
  /** Authorities, by name. */
  readonly authorities: Collection<Resource>;
}

/** Encoded secrets, keyed `<fleet>|<name>`: exactly those that the fleet's listeners and clusters name. */
export function createSecrets(graph: Graph, sources: SecretSources): Collection<Resource> {
  const ofListeners = graph.expand({
    name: "listenerSecretNeeds",
    from: sources.listeners,
    map: (listener, key) =>
      namesIn(listener).map((secret): readonly [string, SecretNeed] => [
        `${key}|${secret.name}`,
        { fleet: listener.fleet, ...secret },
      ]),
    equal: sameData,
  });
  const ofClusters = graph.expand({
    name: "clusterSecretNeeds",
    from: sources.clusters,
    map: ({ fleet, spec }, key) => {
      const names = tlsKinds(spec).flatMap(({ trust, clientCertificateSecret }) => [
        ...(typeof trust === "object" ? [{ name: trust.caSecret, isCertificate: false }] : []),
        ...(clientCertificateSecret ? [{ name: clientCertificateSecret, isCertificate: true }] : []),
      ]);
      return names.map((secret): readonly [string, SecretNeed] => [
        `cluster|${key}|${secret.name}`,
        { fleet, ...secret },
      ]);
    },
    equal: sameData,
  });
  return graph.group({
    name: "secrets",
    from: graph.union({ name: "secretNeeds", from: [ofListeners, ofClusters] }),
    by: ({ fleet, name }) => `${fleet}|${name}`,
    reduce: (members, _group, ctx) => {
      const need = members[0]?.value;
      return need && ctx.get(need.isCertificate ? sources.certificates : sources.authorities, need.name);
    },
    equal: sameData,
  });
}

function namesIn({ isProgrammed, certificates, clientValidation }: ListenerModel): readonly NamedSecret[] {
  if (!isProgrammed) return [];
  const own = certificates.map((name) => ({ name, isCertificate: true }));
  return clientValidation ? [...own, { name: clientValidation.caSecret, isCertificate: false }] : own;
}
