/**
 * Lookup of routes by path that does not grow with their number.
 *
 * Envoy tries the routes of a virtual host one after another. A `matcher` instead finds the longest of its keys that
 * the request's path begins with, and tries that key's routes only. There is no way back from a key whose routes do
 * not match, so each has all routes that could match: its own, those of shorter prefixes, and all regular
 * expressions. Those copies are what a tree costs; it is built only where it stays small.
 */
import { create, toBinary } from "@bufbuild/protobuf";
import { HttpRequestHeaderMatchInputSchema } from "../../../gen/envoy/type/matcher/v3/http_inputs_pb.js";
import { concatBytes, lengthDelimited } from "../../wire.ts";
import { planTree } from "./matcher-leaves.ts";
import type { RouteEntry } from "./rule-input.ts";

/** A route, encoded. */
export interface TreeEntry {
  readonly path: RouteEntry["path"];
  /** `envoy.config.route.v3.Route`. The same array as long as the route is the same: leaves are remembered by it. */
  readonly bytes: Uint8Array;
}

/** With fewer routes than this, trying them all is as fast. */
const FEW = 32;

/**
 * `xds.type.matcher.v3.Matcher` for `VirtualHost.matcher`, equal in meaning to the list of `entries`, which are in
 * order of precedence; `undefined` if the list is the better choice. Leaves whose routes are the same as last time
 * are not encoded again.
 */
export function encodeMatcherTree(entries: readonly TreeEntry[]): Uint8Array | undefined {
  const plan = entries.length < FEW ? undefined : planTree(entries);
  if (plan === undefined) return undefined;
  const map = concatBytes(
    plan.keys.map((key) =>
      encodeLeaf(key.text, entries[plan.ownRoute(key)]?.bytes ?? noBytes, plan.routesOf(key), entries),
    ),
  );
  const matcherTree = lengthDelimited(2, concatBytes([pathInput, lengthDelimited(3, map)]));
  if (plan.otherwise.length === 0) return matcherTree;
  const routes = plan.otherwise.map((rank) => lengthDelimited(1, entries[rank]?.bytes ?? noBytes));
  return concatBytes([matcherTree, lengthDelimited(3, encodeOnMatch(concatBytes(routes)))]);
}

/** Field `on_no_match` of a Matcher, encoded: the entries as tree, if there is one, or as list; nothing if there are none. */
export function encodeOtherwise(entries: readonly TreeEntry[], tree: Uint8Array | undefined): Uint8Array {
  if (tree) return lengthDelimited(3, lengthDelimited(1, tree));
  if (entries.length === 0) return noBytes;
  return lengthDelimited(3, encodeOnMatch(concatBytes(entries.map(({ bytes }) => lengthDelimited(1, bytes)))));
}

const encoder = new TextEncoder();
const noBytes = new Uint8Array();

/** `MatcherTree.input`: the path with its query. */
const pathInput = lengthDelimited(
  1,
  typedExtension(
    extensionHead("path", HttpRequestHeaderMatchInputSchema.typeName),
    toBinary(HttpRequestHeaderMatchInputSchema, create(HttpRequestHeaderMatchInputSchema, { headerName: ":path" })),
  ),
);

const routeListHead = extensionHead("routes", "envoy.config.route.v3.RouteList");

/** `OnMatch.action`: a RouteList, given the content of that. */
function encodeOnMatch(routeList: Uint8Array): Uint8Array {
  return lengthDelimited(2, typedExtension(routeListHead, routeList));
}

interface ExtensionHead {
  readonly name: Uint8Array;
  readonly typeUrl: Uint8Array;
}

function extensionHead(name: string, typeName: string): ExtensionHead {
  return {
    name: lengthDelimited(1, encoder.encode(name)),
    typeUrl: lengthDelimited(1, encoder.encode(`type.googleapis.com/${typeName}`)),
  };
}

function typedExtension({ name, typeUrl }: ExtensionHead, value: Uint8Array): Uint8Array {
  return concatBytes([name, lengthDelimited(2, concatBytes([typeUrl, lengthDelimited(2, value)]))]);
}

interface EncodedLeaf {
  readonly key: string;
  readonly routes: readonly Uint8Array[];
  readonly bytes: Uint8Array;
}

/** By a route with one of the leaf's paths: the leaf as encoded last; forgotten with the route. */
const encodedLeaves = new WeakMap<Uint8Array, EncodedLeaf>();

/** An entry of the map from key to OnMatch. */
function encodeLeaf(key: string, own: Uint8Array, ranks: readonly number[], entries: readonly TreeEntry[]): Uint8Array {
  const known = encodedLeaves.get(own);
  if (known?.key === key && hasRoutes(known.routes, ranks, entries)) return known.bytes;
  const routes = ranks.map((rank) => entries[rank]?.bytes ?? noBytes);
  const onMatch = encodeOnMatch(concatBytes(routes.map((bytes) => lengthDelimited(1, bytes))));
  const bytes = lengthDelimited(1, concatBytes([lengthDelimited(1, encoder.encode(key)), lengthDelimited(2, onMatch)]));
  encodedLeaves.set(own, { key, routes, bytes });
  return bytes;
}

function hasRoutes(routes: readonly Uint8Array[], ranks: readonly number[], entries: readonly TreeEntry[]): boolean {
  if (routes.length !== ranks.length) return false;
  for (let i = 0; i < routes.length; i++) if (routes[i] !== entries[ranks[i] ?? 0]?.bytes) return false;
  return true;
}
