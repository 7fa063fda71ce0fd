import type { ParentReference } from "../../api/gateway-api/references.ts";
import type { KubeObject } from "../../api/object.ts";
import { type Context, compact } from "../../engine/index.ts";
import { type Condition, common, isFalse, isTrue, type StatusReference } from "../conditions.ts";
import { matchesSelector } from "../label-selector.ts";
import { type Hostname, intersect, normalizeHostname } from "../listeners/hostnames.ts";
import { ownerId } from "../listeners/model.ts";
import { type RouteListener, type RouteListeners, sectionId } from "../listeners/route-listeners.ts";
import { labelsOf, type NamespaceLabels } from "../namespace-labels.ts";
import { type ParentsWanted, parentId, parentRefsOf, type RouteParent, type RouteParents } from "./route-parents.ts";

/** A route's place on one listener. */
export interface Attachment {
  readonly listener: RouteListener;
  /** Hosts served there: the route's hostnames as far as the listener covers them. */
  readonly hostnames: readonly Hostname[];
  /** False when Envoy does not get the listener. Routes attach to it all the same. */
  readonly isServed: boolean;
}

/** What became of one parentRef of a route. */
export interface ParentResult {
  readonly ref: StatusReference;
  readonly parent: RouteParent;
  readonly accepted: Condition;
  /** Empty unless accepted. */
  readonly attachments: readonly Attachment[];
}

/** A route of any kind, as far as attachment looks at it. */
export interface AttachableRoute extends KubeObject {
  readonly spec: ParentsWanted & { readonly hostnames?: readonly string[] | undefined };
}

/** What attachment reads. */
export interface AttachmentSources {
  readonly parents: RouteParents;
  readonly listeners: RouteListeners;
  readonly namespaceLabels: NamespaceLabels;
}

const gatewayApiGroup = "gateway.networking.k8s.io";

/**
 * Evaluates each parentRef that names one of our Gateways or a ListenerSet of theirs, and the default Gateways if the route asks for them; other
 * parents are left to their controllers and do not appear in the result.
 */
export function attach(route: AttachableRoute, sources: AttachmentSources, ctx: Context): readonly ParentResult[] {
  const results: ParentResult[] = [];
  for (const ref of parentRefsOf(route, sources.parents, ctx)) {
    const parent = ctx.get(sources.parents.byId, parentId(ref, route));
    if (!parent?.isUsable || (ref.group ?? gatewayApiGroup) !== gatewayApiGroup) continue;
    const { accepted, attachments } = parent.refusal
      ? refused("NoMatchingParent", parent.refusal)
      : place(route, ref, parent, sources, ctx);
    results.push({ ref: statusReference(ref), parent, accepted, attachments });
  }
  return compact(results);
}

function statusReference(ref: ParentReference): StatusReference {
  return {
    group: ref.group ?? gatewayApiGroup,
    kind: ref.kind ?? "Gateway",
    ...(ref.namespace ? { namespace: ref.namespace } : {}),
    name: ref.name,
    ...(ref.sectionName ? { sectionName: ref.sectionName } : {}),
    ...(ref.port === undefined ? {} : { port: ref.port }),
  };
}

/** The same for every route that a parent takes. */
export const acceptedByParent = common(isTrue("Accepted", "Accepted", "Route is accepted"));

const refused = (reason: string, message: string): Pick<ParentResult, "accepted" | "attachments"> => ({
  accepted: isFalse("Accepted", reason, message),
  attachments: [],
});

function place(
  route: AttachableRoute,
  ref: ParentReference,
  parent: RouteParent,
  sources: AttachmentSources,
  ctx: Context,
): Pick<ParentResult, "accepted" | "attachments"> {
  const named = namedListeners(ref, parent, sources, ctx);
  if (named.length === 0) {
    const listeners = ctx.lookup(sources.listeners.byOwner, ownerId(parent)).map((member) => member.value);
    const wanted = [ref.sectionName && `name ${ref.sectionName}`, ref.port !== undefined && `port ${ref.port}`]
      .filter(Boolean)
      .join(" and ");
    const known = listeners.map(({ listener }) => `${listener.name} (port ${listener.port})`).join(", ");
    return refused("NoMatchingParent", `The ${parent.kind} has no listener with ${wanted}; it has ${known || "none"}.`);
  }
  const allowed = named.filter((model) => allowsKind(model, route.kind) && allowsNamespace(model, route, sources, ctx));
  if (allowed.length === 0) {
    return refused(
      "NotAllowedByListeners",
      `allowedRoutes of ${names(named)} admits no ${route.kind} from namespace ${route.metadata.namespace ?? ""}.`,
    );
  }
  const attachments = allowed.flatMap((listener) => {
    const hostnames = commonHostnames(route, listener);
    if (hostnames.length === 0) return [];
    return [{ listener, hostnames, isServed: ctx.get(sources.listeners.served, listener.key) === true }];
  });
  if (attachments.length === 0) {
    return refused(
      "NoMatchingListenerHostname",
      `spec.hostnames has nothing in common with the hostname of ${names(allowed)}.`,
    );
  }
  return { accepted: acceptedByParent, attachments: compact(attachments) };
}

/** A route that names a listener looks at that one alone, so that it hears nothing of the others. */
function namedListeners(
  { sectionName, port }: ParentReference,
  parent: RouteParent,
  { listeners }: AttachmentSources,
  ctx: Context,
): readonly RouteListener[] {
  const owner = ownerId(parent);
  return ctx
    .lookup(listeners.byOwner, sectionName === undefined ? owner : sectionId(owner, sectionName))
    .map((member) => member.value)
    .filter(({ listener }) => port === undefined || listener.port === port);
}

const names = (listeners: readonly RouteListener[]): string =>
  `${listeners.length === 1 ? "listener" : "listeners"} ${listeners.map(({ listener }) => listener.name).join(", ")}`;

function allowsKind({ supportedKinds }: RouteListener, kind: string): boolean {
  return supportedKinds.some((supported) => supported.group === gatewayApiGroup && supported.kind === kind);
}

function allowsNamespace(
  model: RouteListener,
  route: AttachableRoute,
  sources: AttachmentSources,
  ctx: Context,
): boolean {
  const namespaces = model.listener.allowedRoutes?.namespaces;
  const own = route.metadata.namespace ?? "";
  const from = namespaces?.from ?? "Same";
  if (from === "All") return true;
  if (from === "Same") return own === model.namespace;
  if (from !== "Selector" || !namespaces?.selector) return false;
  return matchesSelector(namespaces.selector, labelsOf(own, sources.namespaceLabels, ctx));
}

function commonHostnames(route: AttachableRoute, listener: RouteListener): Hostname[] {
  const wanted = route.spec.hostnames?.length ? route.spec.hostnames : [undefined];
  const common = wanted.flatMap((hostname) => intersect(normalizeHostname(hostname), listener.hostname) ?? []);
  return [...new Set(common)];
}
