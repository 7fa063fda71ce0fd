import { FieldReader, Parts } from "./wire.ts";

/** `node` of a request, as far as we look at it; everything else in it is skipped unread, however large. */
export interface NodeIdentity {
  readonly id: string;
  /** The fleet's key. */
  readonly cluster: string;
}

/** A request of either protocol variant. */
export interface DiscoveryRequest {
  /** Present at least in the first request of a stream. */
  readonly node: NodeIdentity | undefined;
  readonly typeUrl: string;
  /** Nonce of the response this acknowledges or refuses; empty when it does neither. */
  readonly nonce: string;
  /** Envoy's words when it refuses; `undefined` when it accepts. */
  readonly error: string | undefined;
  /** Delta: names newly wanted. State of the world: all names wanted. */
  readonly names: readonly string[];
  /** Delta only: names not wanted any more. */
  readonly unsubscribed: readonly string[];
  /** Delta only, first request of a type after a reconnect: what the Envoy has. */
  readonly initialVersions: ReadonlyMap<string, string>;
  /** State of the world only: version of the last accepted response. */
  readonly version: string;
}

/** Decodes `envoy.service.discovery.v3.DeltaDiscoveryRequest`; throws `WireError` when it is none. */
export function decodeDeltaRequest(buffer: Buffer): DiscoveryRequest {
  const names: string[] = [];
  const unsubscribed: string[] = [];
  const initialVersions = new Map<string, string>();
  let node: NodeIdentity | undefined;
  let typeUrl = "";
  let nonce = "";
  let error: string | undefined;
  const reader = new FieldReader(buffer);
  while (reader.next()) {
    if (reader.field === 1) node = decodeNode(reader.message());
    else if (reader.field === 2) typeUrl = reader.string();
    else if (reader.field === 3) names.push(reader.string());
    else if (reader.field === 4) unsubscribed.push(reader.string());
    else if (reader.field === 5) initialVersions.set(...decodePair(reader.message()));
    else if (reader.field === 6) nonce = reader.string();
    else if (reader.field === 7) error = decodeStatus(reader.message());
  }
  return { node, typeUrl, nonce, error, names, unsubscribed, initialVersions, version: "" };
}

/** Decodes `envoy.service.discovery.v3.DiscoveryRequest`; throws `WireError` when it is none. */
export function decodeSotwRequest(buffer: Buffer): DiscoveryRequest {
  const names: string[] = [];
  let node: NodeIdentity | undefined;
  let version = "";
  let typeUrl = "";
  let nonce = "";
  let error: string | undefined;
  const reader = new FieldReader(buffer);
  while (reader.next()) {
    if (reader.field === 1) version = reader.string();
    else if (reader.field === 2) node = decodeNode(reader.message());
    else if (reader.field === 3) names.push(reader.string());
    else if (reader.field === 4) typeUrl = reader.string();
    else if (reader.field === 5) nonce = reader.string();
    else if (reader.field === 6) error = decodeStatus(reader.message());
  }
  return { node, typeUrl, nonce, error, names, unsubscribed: [], initialVersions: new Map(), version };
}

/** One resource of a response: its content may consist of many parts. */
export interface ResponseResource {
  readonly name: string;
  readonly version: string;
  readonly content: Parts;
}

/** What a response says, whichever protocol variant it goes out in. */
export interface DiscoveryResponse {
  readonly typeUrl: string;
  readonly nonce: string;
  /** Content version of everything in the response. */
  readonly version: string;
  readonly resources: readonly ResponseResource[];
  /** Delta only; in state of the world a resource is removed by its absence. */
  readonly removed: readonly string[];
}

/** Encodes `envoy.service.discovery.v3.DeltaDiscoveryResponse`. */
export function encodeDeltaResponse(response: DiscoveryResponse): Parts {
  const parts = new Parts().bytes(1, response.version);
  const { typeUrl } = response;
  for (const { name, version, content } of response.resources) {
    const any = new Parts().bytes(1, typeUrl).message(2, content);
    parts.message(2, new Parts().bytes(1, version).message(2, any).bytes(3, name));
  }
  parts.bytes(4, typeUrl).bytes(5, response.nonce);
  for (const name of response.removed) parts.element(6, name);
  return parts;
}

/** Encodes `envoy.service.discovery.v3.DiscoveryResponse`. */
export function encodeSotwResponse(response: DiscoveryResponse): Parts {
  const parts = new Parts().bytes(1, response.version);
  const { typeUrl } = response;
  for (const { content } of response.resources) {
    parts.message(2, new Parts().bytes(1, typeUrl).message(2, content));
  }
  return parts.bytes(4, typeUrl).bytes(5, response.nonce);
}

function decodeNode(reader: FieldReader): NodeIdentity {
  let id = "";
  let cluster = "";
  while (reader.next()) {
    if (reader.field === 1) id = reader.string();
    else if (reader.field === 2) cluster = reader.string();
  }
  return { id, cluster };
}

function decodePair(reader: FieldReader): [string, string] {
  let key = "";
  let value = "";
  while (reader.next()) {
    if (reader.field === 1) key = reader.string();
    else if (reader.field === 2) value = reader.string();
  }
  return [key, value];
}

/** `google.rpc.Status`: only its message; a status without one still refuses. */
function decodeStatus(reader: FieldReader): string {
  let message = "refused without a reason";
  while (reader.next()) if (reader.field === 2) message = reader.string();
  return message;
}
