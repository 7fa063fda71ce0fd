import type { Collection, Graph } from "../engine/index.ts";
import { type ClusterNeed, tlsKinds } from "./backends/cluster-spec.ts";
import { sameData } from "./equal.ts";
import type { ListenerModel } from "./listeners/model.ts";
import type { Resource } from "./resources.ts";

/** A secret that a fleet's listeners or clusters name. */
interface SecretNeed extends NamedSecret {
  readonly fleet: string;
}

/** Names of certificates are those of Kubernetes' Secrets, so one may also be the name of authorities. */
interface NamedSecret {
  readonly name: string;
  readonly from: keyof SecretContents;
}

/** Encoded secrets by name. */
export interface SecretContents {
  /** Certificates with their keys. */
  readonly certificates: Collection<Resource>;
  readonly authorities: Collection<Resource>;
  /** Credentials that clusters put into requests. */
  readonly credentials: Collection<Resource>;
}

/** What secrets are made from. */
export interface SecretSources extends SecretContents {
  readonly listeners: Collection<ListenerModel>;
  /** Clusters of each fleet. */
  readonly clusters: Collection<ClusterNeed>;
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
      const names: NamedSecret[] = tlsKinds(spec).flatMap(({ trust, clientCertificateSecret }) => [
        ...(typeof trust === "object" ? [{ name: trust.caSecret, from: "authorities" as const }] : []),
        ...(clientCertificateSecret ? [{ name: clientCertificateSecret, from: "certificates" as const }] : []),
      ]);
      names.push(...(spec.credentials ?? []).map(({ secret }) => ({ name: secret, from: "credentials" as const })));
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
      return need && ctx.get(sources[need.from], need.name);
    },
    equal: sameData,
  });
}

function namesIn({ isProgrammed, certificates, clientValidation }: ListenerModel): readonly NamedSecret[] {
  if (!isProgrammed) return [];
  const own = certificates.map((name) => ({ name, from: "certificates" as const }));
  return clientValidation ? [...own, { name: clientValidation.caSecret, from: "authorities" as const }] : own;
}
