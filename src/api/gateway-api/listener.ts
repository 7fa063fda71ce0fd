/** Listeners, which a Gateway has and a ListenerSet adds to it. */
import {
  atomicMap,
  defaulted,
  type Infer,
  integer,
  listOf,
  mapOf,
  named,
  object,
  oneOf,
  optional,
  required,
  string,
} from "../../schema/builder.ts";
import { rule } from "../../schema/rules.ts";
import { Conditions } from "./conditions.ts";
import { HTTPExternalAuthFilter } from "./external-auth.ts";
import { filterUnion } from "./filter-rules.ts";
import { GATEWAY_API_GROUP, Group, Hostname, Kind, PortNumber, SectionName } from "./names.ts";
import { LocalObjectReference, SecretObjectReference } from "./references.ts";

/** Chooses objects by their labels (Kubernetes `metav1.LabelSelector`). All conditions must hold; none means every object. */
export const LabelSelector = named(
  "LabelSelector",
  object(
    {
      matchLabels: optional(mapOf(string()), "Labels an object must have."),
      matchExpressions: optional(
        listOf(
          object({
            key: required(string(), "Name of the label."),
            operator: required(string(), "`In`, `NotIn`, `Exists` or `DoesNotExist`."),
            values: optional(listOf(string(), { listType: "atomic" }), "Values for `In` and `NotIn`."),
          }),
          { listType: "atomic" },
        ),
        "Conditions on labels.",
      ),
    },
    atomicMap,
  ),
  "Chooses objects by their labels (Kubernetes `metav1.LabelSelector`). All conditions must hold; none means every object.",
);
export type LabelSelector = Infer<typeof LabelSelector>;

/** A kind of routes. */
export const RouteGroupKind = named(
  "RouteGroupKind",
  object({
    group: defaulted(Group, GATEWAY_API_GROUP, "API group of the route."),
    kind: required(Kind, "Kind of the route."),
  }),
  "A kind of routes.",
);
export type RouteGroupKind = Infer<typeof RouteGroupKind>;

/** Kinds of routes, at most eight. */
export const RouteGroupKinds = listOf(RouteGroupKind, { listType: "atomic", maxItems: 8 });

/** Which routes may attach to a listener. */
export const AllowedRoutes = named(
  "AllowedRoutes",
  object({
    namespaces: defaulted(
      object({
        from: defaulted(
          oneOf("All", "Selector", "Same"),
          "Same",
          "`Same`: the Gateway's own namespace; `Selector`: those chosen by labels; `All`.",
        ),
        selector: optional(LabelSelector, "Labels of the namespaces, for `Selector`."),
      }),
      { from: "Same" },
      "Namespaces the routes may be in.",
    ),
    kinds: optional(RouteGroupKinds, "Kinds the routes may have. Absent means those that fit the listener's protocol."),
  }),
  "Which routes may attach to a listener.",
);
export type AllowedRoutes = Infer<typeof AllowedRoutes>;

/** How a listener ends TLS connections, or passes them on. */
export const ListenerTLSConfig = named(
  "ListenerTLSConfig",
  object(
    {
      mode: defaulted(
        oneOf("Terminate", "Passthrough"),
        "Terminate",
        "`Terminate`: the gateway ends TLS; `Passthrough`: the backend does, and the gateway sees the server name only.",
      ),
      certificateRefs: optional(
        listOf(SecretObjectReference, { listType: "atomic", maxItems: 64 }),
        "Secrets with the certificates that clients are shown, for `Terminate`.",
      ),
      options: optional(
        mapOf(string({ minLength: 0, maxLength: 4096 }), { maxProperties: 16 }),
        "Options of the implementation.",
      ),
    },
    rule(
      "self.mode == 'Terminate' ? size(self.certificateRefs) > 0 || size(self.options) > 0 : true",
      "certificateRefs or options must be specified when mode is Terminate",
    ),
  ),
  "How a listener ends TLS connections, or passes them on.",
);
export type ListenerTLSConfig = Infer<typeof ListenerTLSConfig>;

/** What happens to all requests of a listener before a route is chosen. */
export const ListenerFilter = named(
  "ListenerFilter",
  object(
    {
      type: required(oneOf("ExternalAuth", "ExtensionRef"), "What the filter does; names the field with its options."),
      externalAuth: optional(HTTPExternalAuthFilter, "Has another service decide whether the request may pass."),
      extensionRef: optional(LocalObjectReference, "A filter of this gateway's own."),
    },
    ...filterUnion({ ExternalAuth: "externalAuth", ExtensionRef: "extensionRef" }),
  ),
  "What happens to all requests of a listener before a route is chosen.",
);
export type ListenerFilter = Infer<typeof ListenerFilter>;

/** Fields of a listener. */
const listenerFields = {
  name: required(SectionName, "Name of the listener, unique in its Gateway or ListenerSet."),
  hostname: optional(
    Hostname,
    "Names in Host header or TLS server name that the listener answers for. Absent means all.",
  ),
  port: required(PortNumber, "Port that clients connect to. Several listeners may share one."),
  protocol: required(
    string({
      minLength: 1,
      maxLength: 255,
      pattern:
        "^[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?$|[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\\/[A-Za-z0-9]+$",
    }),
    "`HTTP`, `HTTPS`, `TLS`, `TCP`, `UDP`, or one of an implementation.",
  ),
  tls: optional(ListenerTLSConfig, "TLS, required for protocols `HTTPS` and `TLS`."),
  allowedRoutes: defaulted(AllowedRoutes, { namespaces: { from: "Same" } }, "Which routes may attach."),
  filters: optional(
    object({
      requests: optional(
        listOf(ListenerFilter, { listType: "atomic", maxItems: 16 }),
        "For each request, in this order.",
      ),
    }),
    "What happens to all requests of the listener, for protocols `HTTP` and `HTTPS`.",
  ),
};

/** A port on which connections or requests of some hostnames are taken. */
export const Listener = named(
  "Listener",
  object(
    listenerFields,
    rule(
      "!has(self.filters) || self.protocol in ['HTTP', 'HTTPS']",
      "filters may only be set when protocol is HTTP or HTTPS",
    ),
  ),
  "A port on which connections or requests of some hostnames are taken.",
);
export type Listener = Infer<typeof Listener>;

/** A listener that a ListenerSet adds to its Gateway. */
export const ListenerEntry = named(
  "ListenerEntry",
  object(listenerFields),
  "A listener that a ListenerSet adds to its Gateway.",
);
export type ListenerEntry = Infer<typeof ListenerEntry>;

/** What must hold between a listener's protocol and its other fields. */
export const listenerRules = [
  rule(
    "self.all(l, l.protocol in ['HTTP', 'TCP', 'UDP'] ? !has(l.tls) : true)",
    "tls must not be specified for protocols ['HTTP', 'TCP', 'UDP']",
  ),
  rule(
    "self.all(l, (l.protocol == 'HTTPS' && has(l.tls)) ? (l.tls.mode == '' || l.tls.mode == 'Terminate') : true)",
    "tls mode must be Terminate for protocol HTTPS",
  ),
  rule(
    "self.all(l, (l.protocol == 'TLS' ? has(l.tls) && has(l.tls.mode) && l.tls.mode != '' : true))",
    "tls mode must be set for protocol TLS",
  ),
  rule(
    "self.all(l, l.protocol in ['TCP', 'UDP'] ? (!has(l.hostname) || l.hostname == '') : true)",
    "hostname must not be specified for protocols ['TCP', 'UDP']",
  ),
  rule("self.all(l1, self.exists_one(l2, l1.name == l2.name))", "Listener name must be unique within the Gateway"),
];

/** Message of the rule that no two listeners take the same requests. */
export const DISTINCT_LISTENERS = "Combination of port, protocol and hostname must be unique for each listener";

/** What was observed of a listener. */
export const ListenerStatus = named(
  "ListenerStatus",
  object({
    name: required(SectionName, "Name of the listener."),
    supportedKinds: optional(RouteGroupKinds, "Kinds of routes that may attach and that the gateway knows."),
    attachedRoutes: required(integer({ format: "int32" }), "Number of routes attached to the listener."),
    conditions: required(Conditions, "What was observed."),
  }),
  "What was observed of a listener.",
);
export type ListenerStatus = Infer<typeof ListenerStatus>;

/** States of listeners, one of each name. */
export const ListenerStatuses = listOf(ListenerStatus, { listType: "map", listMapKeys: ["name"], maxItems: 64 });
