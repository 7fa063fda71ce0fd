import type { Resource } from "../translate/resources.ts";
import { type ContentHash, contentHash, versionOf } from "./version.ts";
import { FieldReader, Parts } from "./wire.ts";

/** A resource as the store keeps it: with its hash, and with what the order of updates has to know. */
export interface Entry {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly hash: ContentHash;
  /** `hash` as text; equal versions mean equal content. */
  readonly version: string;
  readonly clusters: readonly string[];
  /** Parts of extensions it refers to. */
  readonly extensions: readonly string[];
  readonly from: readonly string[];
  /** Of a cluster that takes its endpoints by EDS: name of its ClusterLoadAssignment. */
  readonly eds?: string;
  /** An Envoy brought this from an earlier stream: its version is known, its content is not. */
  readonly isUnknown?: true;
}

const nothing: readonly string[] = [];
const noBytes = new Uint8Array(0);
const noHash: ContentHash = [0, 0, 0, 0];

/** Entry of any resource but a cluster, under the name it is kept by. */
export function entryOf(name: string, resource: Pick<Resource, "bytes" | "clusters" | "extensions" | "from">): Entry {
  const hash = contentHash(resource.bytes);
  return {
    name,
    bytes: resource.bytes,
    hash,
    version: versionOf(hash),
    clusters: resource.clusters ?? nothing,
    extensions: resource.extensions ?? nothing,
    from: resource.from ?? nothing,
  };
}

/** Entry of a cluster: also finds out whether it waits for endpoints by EDS. */
export function clusterEntryOf(name: string, resource: Resource): Entry {
  const entry = entryOf(name, resource);
  const eds = edsNameOf(name, resource.bytes);
  return eds === undefined ? entry : { ...entry, eds };
}

/** What an Envoy says it has under this name and version. */
export function unknownEntry(name: string, version: string): Entry {
  return {
    name,
    bytes: noBytes,
    hash: noHash,
    version,
    clusters: nothing,
    extensions: nothing,
    from: nothing,
    isUnknown: true,
  };
}

/** A ClusterLoadAssignment without endpoints: a cluster that never hears of its endpoints stays warming for seconds. */
export function emptyAssignment(name: string): Entry {
  return entryOf(name, { bytes: new Parts().bytes(1, name).join() });
}

/** Whether two forms of a resource have the same content; absent equals absent. */
export function sameContent(one: Entry | undefined, other: Entry | undefined): boolean {
  return one === other || (one !== undefined && other !== undefined && one.version === other.version);
}

/** `Cluster.type` (field 2) is EDS = 3; `eds_cluster_config` (3) may give a `service_name` (2) other than the cluster's. */
function edsNameOf(name: string, bytes: Uint8Array): string | undefined {
  let isEds = false;
  let serviceName = "";
  const cluster = new FieldReader(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  try {
    while (cluster.next()) {
      if (cluster.field === 2) isEds = cluster.number() === 3;
      else if (cluster.field === 3) {
        const config = cluster.message();
        while (config.next()) if (config.field === 2) serviceName = config.string();
      }
    }
  } catch {
    // Bytes that are not a Cluster are for Envoy to refuse; its refusal is reported like any other.
    return undefined;
  }
  if (!isEds) return undefined;
  return serviceName === "" ? name : serviceName;
}
