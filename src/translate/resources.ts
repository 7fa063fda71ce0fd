/**
 * What translation produces: resources encoded once, addressed by fleet, with just enough knowledge about each other that they can be
 * sent in an order which never breaks a request.
 */

/** An encoded resource. The same content always has the same bytes, and a version is derived from the bytes. */
export interface Resource {
  /** Unique within fleet and type. For `endpoint` the cluster's EDS service name. */
  readonly name: string;
  /** The encoded message itself (not wrapped in `Any`). */
  readonly bytes: Uint8Array;
  /** Clusters that must be ready in an Envoy before this resource may reach it. */
  readonly clusters?: readonly string[];
  /** Parts of extensions that an Envoy must have before this resource may reach it, each as {@link extensionPartRef}. */
  readonly extensions?: readonly string[];
  /** Provenance: `Kind namespace/name` of the objects this was made from; told when Envoy rejects it. */
  readonly from?: readonly string[];
}

/**
 * A route table is sent as one RouteConfiguration whose virtual hosts change one by one, so it comes in two parts:
 * the table's own fields (a RouteConfiguration without virtual hosts) as a `Resource` of type `route`, and these.
 */
export interface VirtualHostResource extends Resource {
  /** Name of the RouteConfiguration it belongs to. `name` is the virtual host's name, unique within the table. */
  readonly table: string;
}

/**
 * The configuration of an extension (`TypedExtensionConfig`) is put together of parts that come and go one by one: its head is a
 * `Resource` of type `extension` whose message inside is empty, and these are encoded messages of the same type, which protobuf merges
 * when they are joined. An Envoy keeps a part for as long as something it has refers to it.
 */
export interface ExtensionPartResource extends Resource {
  /** Name of the extension's configuration. `name` is the part's name, unique within it. */
  readonly extension: string;
}

/** How other resources refer to a part of an extension. */
export function extensionPartRef(extension: string, part: string): string {
  return `${extension}|${part}`;
}

/** One resource that appeared or changed (`value`) or vanished (`undefined`). */
export interface ResourceChange<T extends Resource = Resource> {
  readonly name: string;
  readonly value: T | undefined;
}

/** What changed for one fleet in one commit. */
export interface FleetChange {
  readonly cluster?: readonly ResourceChange[];
  readonly endpoint?: readonly ResourceChange[];
  readonly listener?: readonly ResourceChange[];
  /** Heads of route tables. */
  readonly route?: readonly ResourceChange[];
  readonly virtualHost?: readonly (ResourceChange<VirtualHostResource> & { readonly table: string })[];
  readonly secret?: readonly ResourceChange[];
  /** Heads of extensions' configurations. */
  readonly extension?: readonly ResourceChange[];
  readonly extensionPart?: readonly (ResourceChange<ExtensionPartResource> & { readonly extension: string })[];
}
