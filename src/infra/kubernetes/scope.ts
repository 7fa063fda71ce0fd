import { createHash } from "node:crypto";
import type { ObjectMeta } from "../../kube/client.ts";
import type { FleetOwner, FleetSpec } from "../fleet.ts";
import { fleetLabels, gatewayNameKey, markOf, ownerLabels } from "./ownership.ts";
import type { KubernetesInfraSettings } from "./settings.ts";
import { userLabels } from "./user-labels.ts";

/** What all objects of a fleet have in common. */
export interface FleetScope {
  readonly fleet: FleetSpec;
  readonly settings: KubernetesInfraSettings;
  /** Name of its objects, unless an EnvoyProxy has another one. */
  readonly name: string;
  readonly namespace: string;
  /** Labels that never change while the fleet exists: what selects its pods. */
  readonly selector: Readonly<Record<string, string>>;
  readonly owner: FleetOwner;
}

/** Works out names, place and labels of a fleet's objects. */
export function scopeOf(fleet: FleetSpec, settings: KubernetesInfraSettings): FleetScope {
  const owner = fleet.owner ?? ownerFromKey(fleet.key);
  const isBesideGateway = settings.deploy === "GatewayNamespace" && owner.gateway !== undefined;
  return {
    fleet,
    settings,
    name: isBesideGateway ? dnsLabel(owner.gateway?.name ?? fleet.name) : fleet.name,
    namespace: isBesideGateway ? (owner.gateway?.namespace ?? settings.namespace) : settings.namespace,
    selector: { ...fleetLabels, ...ownershipLabels(owner) },
    owner,
  };
}

/** `metadata` of one of a fleet's objects; labels and annotations of the Gateway come with it, see {@link userLabels}. */
export function metadataOf(
  scope: FleetScope,
  own: {
    readonly name?: string | undefined;
    readonly labels?: Readonly<Record<string, string>> | undefined;
    readonly annotations?: Readonly<Record<string, string>> | undefined;
  } = {},
): ObjectMeta {
  const { owner, settings } = scope;
  const annotations = { ...owner.annotations, ...own.annotations };
  const references = ownerReferences(scope);
  return {
    name: own.name || scope.name,
    namespace: scope.namespace,
    labels: {
      ...userLabels(owner.labels),
      ...userLabels(own.labels),
      ...gatewayNameLabel(owner, settings),
      ...scope.selector,
      ...markOf(settings),
    },
    ...(Object.keys(annotations).length > 0 && { annotations }),
    ...(references.length > 0 && { ownerReferences: references }),
  };
}

/** `metadata` of what lies beside a Gateway whose fleet lies elsewhere; undefined where there is no such Gateway. */
export function aliasMetadata({ owner, namespace, settings }: FleetScope): ObjectMeta | undefined {
  const { gateway, gatewayClass, labels } = owner;
  const annotations = Object.fromEntries(Object.entries(owner.annotations).filter(([key]) => !isForControllers(key)));
  if (!gateway || gateway.namespace === namespace) return undefined;
  return {
    name: dnsLabel(`${gateway.name}-${gatewayClass.name}`),
    namespace: gateway.namespace,
    labels: { ...userLabels(labels), [gatewayNameKey]: short(gateway.name), ...fleetLabels, ...markOf(settings) },
    ...(Object.keys(annotations).length > 0 && { annotations }),
    ...(gateway.uid !== undefined && { ownerReferences: [gatewayReference(gateway)] }),
  };
}

/**
 * Whether an annotation speaks to a controller of the Service in front, such as `external-dns.alpha.kubernetes.io/hostname`: of an alias it
 * would make a second record, which leads to a name inside the cluster.
 */
function isForControllers(annotation: string): boolean {
  return /^([^/]+\.)?kubernetes\.io\//.test(annotation);
}

/** The label of GEP-1762, on what lies beside its Gateway. */
export function gatewayNameLabel(owner: FleetOwner, { deploy }: KubernetesInfraSettings): Record<string, string> {
  return deploy === "GatewayNamespace" && owner.gateway ? { [gatewayNameKey]: short(owner.gateway.name) } : {};
}

function ownershipLabels({ gateway, gatewayClass }: FleetOwner): Record<string, string> {
  return gateway
    ? { [ownerLabels.gatewayName]: short(gateway.name), [ownerLabels.gatewayNamespace]: gateway.namespace }
    : { [ownerLabels.gatewayClass]: short(gatewayClass.name) };
}

const maxLength = 63;

/** Labels' values hold 63 characters, names of Gateways up to 253. */
function short(name: string): string {
  return name.length <= maxLength ? name : withDigest(name, name);
}

/** Services' names hold 63 characters and no dots, and begin with a letter; names that are like this stay as they are. */
function dnsLabel(name: string): string {
  if (/^[0-9]/.test(name)) return withDigest(`gw-${name.replaceAll(".", "-")}`, name);
  return name.includes(".") ? withDigest(name.replaceAll(".", "-"), name) : short(name);
}

/** `text`, shortened if need be, and a digest that tells `name` from others of which the same is left. */
function withDigest(text: string, name: string): string {
  const digest = createHash("sha256").update(name).digest("hex").slice(0, 8);
  return `${text.slice(0, maxLength - digest.length - 1).replace(/[^a-zA-Z0-9]+$/, "")}-${digest}`;
}

const apiVersion = "gateway.networking.k8s.io/v1";

/**
 * An owner must lie in the same namespace or in none: the Gateway beside its fleet, else the GatewayClass. With it goes what was
 * left behind when no control plane was there.
 */
function ownerReferences({ owner, namespace }: FleetScope): object[] {
  const { gateway, gatewayClass } = owner;
  if (gateway?.namespace === namespace) return gateway.uid === undefined ? [] : [gatewayReference(gateway)];
  const { name, uid } = gatewayClass;
  return uid === undefined ? [] : [{ apiVersion, kind: "GatewayClass", name, uid }];
}

function gatewayReference({ name, uid }: NonNullable<FleetOwner["gateway"]>): object {
  return { apiVersion, kind: "Gateway", name, uid };
}

function ownerFromKey(key: string): FleetOwner {
  const slash = key.indexOf("/");
  const rest = { labels: {}, annotations: {}, addresses: [] };
  return slash < 0
    ? { gatewayClass: { name: key }, ...rest }
    : { gatewayClass: { name: "" }, gateway: { namespace: key.slice(0, slash), name: key.slice(slash + 1) }, ...rest };
}
