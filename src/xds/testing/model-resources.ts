import type { Resource, VirtualHostResource } from "../../translate/resources.ts";
import { type FieldReader, Parts } from "../wire.ts";

/**
 * Resources for `EnvoyModel`: real enough for the server (a cluster says that it is EDS), with further fields by which
 * the model knows what refers to what and what it is to refuse.
 */
const edsType = Uint8Array.of(0x10, 3);
const fields = { name: 1, cluster: 9, table: 10, salt: 11, isBad: 12 } as const;

/** What a model resource says. */
export interface ModelContent {
  readonly name: string;
  /** Makes contents differ. */
  readonly salt: string;
  readonly isBad: boolean;
  readonly clusters: readonly string[];
  readonly table: string;
}

type Given = Partial<Omit<ModelContent, "name" | "clusters">> & { readonly clusters?: readonly string[] | undefined };

/** A cluster, endpoints, listener, secret or table head. */
export function modelResource(name: string, given: Given & { readonly isEds?: boolean } = {}): Resource {
  const parts = new Parts().bytes(fields.name, name);
  if (given.isEds) parts.raw(edsType);
  for (const cluster of given.clusters ?? []) parts.bytes(fields.cluster, cluster);
  parts.bytes(fields.table, given.table ?? "").bytes(fields.salt, given.salt ?? "");
  if (given.isBad) parts.bytes(fields.isBad, "bad");
  return { name, bytes: parts.join(), clusters: given.clusters ?? [], from: [`Test ${name}`] };
}

/** A virtual host. */
export function modelHost(table: string, name: string, given: Given = {}): VirtualHostResource {
  return { ...modelResource(name, given), table };
}

/** Reads what `modelResource` wrote. */
export function readContent(reader: FieldReader): ModelContent {
  const content = { name: "", salt: "", isBad: false, clusters: [] as string[], table: "" };
  while (reader.next()) {
    if (reader.field === fields.name) content.name = reader.string();
    else if (reader.field === fields.cluster) content.clusters.push(reader.string());
    else if (reader.field === fields.table) content.table = reader.string();
    else if (reader.field === fields.salt) content.salt = reader.string();
    else if (reader.field === fields.isBad) content.isBad = reader.string() !== "";
  }
  return content;
}

/** One resource of a response, decoded. */
export interface ReceivedResource {
  readonly name: string;
  readonly version: string;
  readonly content: ModelContent;
  /** Of a table: its virtual hosts. */
  readonly hosts: readonly ModelContent[];
}

/** A response of either protocol, decoded. */
export interface ReceivedResponse {
  readonly typeUrl: string;
  readonly version: string;
  readonly nonce: string;
  readonly resources: readonly ReceivedResource[];
  readonly removed: readonly string[];
}

/** Decodes a DeltaDiscoveryResponse or DiscoveryResponse. */
export function decodeResponse(reader: FieldReader, isDelta: boolean): ReceivedResponse {
  const response = {
    typeUrl: "",
    version: "",
    nonce: "",
    resources: [] as ReceivedResource[],
    removed: [] as string[],
  };
  while (reader.next()) {
    if (reader.field === 1) response.version = reader.string();
    else if (reader.field === 2)
      response.resources.push(isDelta ? readResource(reader.message()) : readAny(reader.message()));
    else if (reader.field === 4) response.typeUrl = reader.string();
    else if (reader.field === 5) response.nonce = reader.string();
    else if (reader.field === 6) response.removed.push(reader.string());
  }
  return response;
}

function readResource(reader: FieldReader): ReceivedResource {
  let version = "";
  let resource: ReceivedResource | undefined;
  while (reader.next()) {
    if (reader.field === 1) version = reader.string();
    else if (reader.field === 2) resource = readAny(reader.message());
  }
  if (resource === undefined) throw new Error("a resource without content");
  return { ...resource, version };
}

function readAny(reader: FieldReader): ReceivedResource {
  let isTable = false;
  while (reader.next()) {
    if (reader.field === 1) isTable = reader.string().endsWith("RouteConfiguration");
    else if (reader.field === 2) {
      if (isTable) return readTable(reader.message());
      const content = readContent(reader.message());
      return { name: content.name, version: "", content, hosts: [] };
    }
  }
  throw new Error("an Any without value");
}

/** A table's head and hosts are fields of one message; `virtual_hosts` is field 2. */
function readTable(reader: FieldReader): ReceivedResource {
  const content = { name: "", salt: "", isBad: false, clusters: [] as string[], table: "" };
  const hosts: ModelContent[] = [];
  while (reader.next()) {
    if (reader.field === fields.name) content.name = reader.string();
    else if (reader.field === 2) hosts.push(readContent(reader.message()));
    else if (reader.field === fields.salt) content.salt = reader.string();
    else if (reader.field === fields.isBad) content.isBad = reader.string() !== "";
  }
  return { name: content.name, version: "", content, hosts };
}
