import type { ParentReference } from "../../api/gateway-api/references.ts";
import { type KubeObject, type ObjectKey, objectKey } from "../../api/object.ts";
import { type Collection, type Context, compact, type Index } from "../../engine/index.ts";
import { type Condition, common, isFalse, isTrue, type StatusReference } from "../conditions.ts";
import { matchesSelector } from "../label-selector.ts";
import { type Hostname, intersect, normalizeHostname } from "../listeners/hostnames.ts";
import type { ListenerModel } from "../listeners/model.ts";

/** A route's place on one listener. */
export interface Attachment {
  readonly listener: ListenerModel;
  /** Hosts served there: the route's hostnames as far as the listener covers them. */
  readonly hostnames: readonly Hostname[];
}

/** What became of one parentRef of a route. */
export interface ParentResult {
  readonly ref: StatusReference;
  readonly gateway: ObjectKey;
  readonly accepted: Condition;
  /** Empty unless accepted. */
  readonly attachments: readonly Attachment[];
}

/** A route of any kind, as far as attachment looks at it. */
export interface AttachableRoute extends KubeObject {
  readonly spec: {
    readonly parentRefs?: readonly ParentReference[] | undefined;
    readonly hostnames?: readonly string[] | undefined;
  };
}

/** What attachment reads. */
export interface AttachmentSources {
  /** Tells whether a Gateway is ours, without the parts that change often. */
  readonly gateways: Collection<{ readonly isUsable: boolean }>;
  readonly listenersByGateway: Index<ListenerModel>;
  readonly namespaceLabels: Collection<Readonly<Record<string, string>>>;
}

const gatewayApiGroup = "gateway.networking.k8s.io";

/** Evaluates each parentRef that names one of our Gateways; others are left to their controllers and do not appear in the result. */
export function attach(route: AttachableRoute, sources: AttachmentSources, ctx: Context): readonly ParentResult[] {
  const results: ParentResult[] = [];
  for (const ref of route.spec.parentRefs ?? []) {
    if ((ref.group ?? gatewayApiGroup) !== gatewayApiGroup || (ref.kind ?? "Gateway") !== "Gateway") continue;
    const gateway = objectKey(ref.namespace ?? route.metadata.namespace, ref.name);
    const found = ctx.get(sources.gateways, gateway);
    if (!found?.isUsable) continue;
    const listeners = ctx.lookup(sources.listenersByGateway, gateway).map((member) => member.value);
    const { accepted, attachments } = place(route, ref, listeners, sources, ctx);
    results.push({ ref: statusReference(ref), gateway, accepted, attachments });
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
  listeners: readonly ListenerModel[],
  sources: AttachmentSources,
  ctx: Context,
): Pick<ParentResult, "accepted" | "attachments"> {
  const named = listeners.filter(
    ({ listener }) =>
      (ref.sectionName === undefined || listener.name === ref.sectionName) &&
      (ref.port === undefined || listener.port === ref.port),
  );
  if (named.length === 0) {
    const wanted = [ref.sectionName && `name ${ref.sectionName}`, ref.port !== undefined && `port ${ref.port}`]
      .filter(Boolean)
      .join(" and ");
    const known = listeners.map(({ listener }) => `${listener.name} (port ${listener.port})`).join(", ");
    return refused("NoMatchingParent", `The Gateway has no listener with ${wanted}; it has ${known || "none"}.`);
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
    return hostnames.length > 0 ? [{ listener, hostnames }] : [];
  });
  if (attachments.length === 0) {
    return refused(
      "NoMatchingListenerHostname",
      `spec.hostnames has nothing in common with the hostname of ${names(allowed)}.`,
    );
  }
  return { accepted: acceptedByParent, attachments: compact(attachments) };
}

const names = (listeners: readonly ListenerModel[]): string =>
  `${listeners.length === 1 ? "listener" : "listeners"} ${listeners.map(({ listener }) => listener.name).join(", ")}`;

function allowsKind({ supportedKinds }: ListenerModel, kind: string): boolean {
  return supportedKinds.some((supported) => supported.group === gatewayApiGroup && supported.kind === kind);
}

function allowsNamespace(
  model: ListenerModel,
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
  // A namespace nobody declared exists all the same; like an API server we give it its name as a label.
  const labels = ctx.get(sources.namespaceLabels, own) ?? { "kubernetes.io/metadata.name": own };
  return matchesSelector(namespaces.selector, labels);
}

function commonHostnames(route: AttachableRoute, listener: ListenerModel): Hostname[] {
  const wanted = route.spec.hostnames?.length ? route.spec.hostnames : [undefined];
  const common = wanted.flatMap((hostname) => intersect(normalizeHostname(hostname), listener.hostname) ?? []);
  return [...new Set(common)];
}
