import { type DescMessage, type MessageShape, toBinary } from "@bufbuild/protobuf";
import { type Any, anyPack } from "@bufbuild/protobuf/wkt";
import type { ConfigMap } from "../../api/core/configmap.ts";
import { keyOf, objectKey } from "../../api/object.ts";
import type { Collection, Context } from "../../engine/index.ts";
import type { FeatureBackends, FeatureContext, FieldOwner, PolicyFeature } from "../../features/feature.ts";
import type { PolicyObject } from "../../features/policy-kind.ts";
import { type ClusterSpec, clusterOf, combinedCluster, urlCluster } from "../backends/cluster-spec.ts";
import type { Destination } from "../backends/destination.ts";
import { type ReferenceSources, resolveBackend, targetOf } from "../backends/references.ts";
import type { FilterPart, PolicyBackend, PolicyFinding } from "./policy-translation.ts";

/** What features look things up in. */
export interface FeatureSources {
  readonly references: ReferenceSources;
  readonly configMaps: Collection<ConfigMap>;
}

/** Gathers what the features of one policy look up and produce. */
export class PolicyContext implements FeatureContext {
  readonly id: string;
  readonly problems: PolicyFinding[] = [];
  readonly warnings: PolicyFinding[] = [];
  readonly perFilterConfig = new Map<string, Any>();
  readonly parts: FilterPart[] = [];
  readonly clusters = new Map<string, ClusterSpec>();
  readonly policyTargets: PolicyBackend[] = [];
  readonly #kind: { readonly group: string; readonly kind: string };
  readonly #child: PolicyObject;
  readonly #parent: PolicyObject | undefined;
  readonly #sources: FeatureSources;
  readonly #ctx: Context;
  #feature: PolicyFeature | undefined;

  constructor(
    kind: { readonly group: string; readonly kind: string },
    policies: { readonly child: PolicyObject; readonly parent?: PolicyObject },
    id: string,
    sources: FeatureSources,
    ctx: Context,
  ) {
    this.id = `${kind.kind.toLowerCase()}${id.slice(id.indexOf("/"))}`;
    this.#kind = kind;
    this.#child = policies.child;
    this.#parent = policies.parent;
    this.#sources = sources;
    this.#ctx = ctx;
  }

  /** What follows is said by this feature. */
  begin(feature: PolicyFeature): void {
    this.#feature = feature;
  }

  ownerOf(...path: readonly string[]): FieldOwner {
    const isSet =
      path.reduce<unknown>(
        (value, name) => (value as Record<string, unknown> | undefined)?.[name],
        this.#child.spec,
      ) !== undefined;
    const { namespace = "", name } = (isSet ? this.#child : (this.#parent ?? this.#child)).metadata;
    return { namespace, name };
  }

  configMap(owner: FieldOwner, name: string): Readonly<Record<string, string>> | undefined {
    const found = this.#ctx.get(this.#sources.configMaps, objectKey(owner.namespace, name));
    return found && (found.data ?? {});
  }

  backends(backends: FeatureBackends): string | undefined {
    const before = this.problems.length;
    const used = backends.refs.flatMap((ref, i) => {
      const destination = ref.weight === 0 ? undefined : this.#destination(backends, ref, `${backends.field}[${i}]`);
      return destination ? [{ destination, weight: ref.weight ?? 1 }] : [];
    });
    if (this.problems.length > before) return undefined;
    const destinations = used.map(({ destination }) => destination);
    const [first, ...others] = destinations;
    if (!first) {
      this.invalid(backends.field, "names no backend with a weight above 0.");
      return undefined;
    }
    if (others.some(({ isDns }) => isDns !== first.isDns)) {
      this.invalid(backends.field, "mixes host names and IP addresses; use one or the other.");
      return undefined;
    }
    const { routingType } = this.#sources.references.options;
    const name = [this.#kind.kind.toLowerCase(), backends.owner.namespace, backends.owner.name, backends.purpose].join(
      "/",
    );
    if (others.length === 0) return this.#need(clusterOf(first, first.protocol, routingType));
    const weights = used.map(({ weight }) => weight);
    return this.#need(combinedCluster(name, destinations, routingType, { weights, yields: true }));
  }

  urlCluster(url: URL): string {
    return this.#need(urlCluster(url, [this.#provenance]));
  }

  perRoute<T extends DescMessage>(schema: T, message: MessageShape<T>): void {
    this.perFilterConfig.set(this.#filter, anyPack(schema, message));
  }

  addToFilter<T extends DescMessage>(schema: T, message: MessageShape<T>): void {
    this.parts.push({ filter: this.#filter, bytes: toBinary(schema, message) });
  }

  invalid(field: string, message: string): void {
    this.problems.push({ field, message });
  }

  warn(field: string, message: string): void {
    this.warnings.push({ field, message });
  }

  get #filter(): string {
    const name = this.#feature?.httpFilter?.name;
    if (name === undefined) throw new Error(`feature ${this.#feature?.field} has no HTTP filter to configure`);
    return name;
  }

  get #provenance(): string {
    return `${this.#kind.kind} ${keyOf(this.#child)}`;
  }

  #destination(
    backends: FeatureBackends,
    ref: FeatureBackends["refs"][number],
    field: string,
  ): Destination | undefined {
    const from = { ...this.#kind, namespace: backends.owner.namespace };
    const resolution = resolveBackend(this.#sources.references, from, ref, this.#ctx);
    const target = targetOf(ref, backends.owner.namespace);
    if (this.#sources.references.isPolicyTarget(this.#ctx, target)) {
      this.policyTargets.push({ policy: { kind: this.#kind.kind, ...backends.owner }, target });
    }
    if (!resolution.isResolved) {
      this.invalid(field, resolution.message);
      return undefined;
    }
    const destination = withTls(resolution.destination, backends.serverName);
    return ref.fallback ? { ...destination, isFallback: true } : destination;
  }

  #need(spec: ClusterSpec): string {
    this.clusters.set(spec.name, spec);
    return spec.name;
  }
}

/** TLS where the URL asks for it: as the destination says, else with the system's CAs; the server is asked for by the URL's host. */
function withTls(destination: Destination, serverName: string | undefined): Destination {
  if (serverName === undefined) return destination;
  const tls = destination.tls ?? { trust: "system" as const };
  return tls.sni || tls.sniFromEndpoint
    ? { ...destination, tls }
    : { ...destination, tls: { ...tls, sni: serverName } };
}
