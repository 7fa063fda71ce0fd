/** Backends that a feature itself talks to, such as an access log service: where they are and how they are spoken to. */
import { listOf, optional } from "../../../schema/builder.ts";
import { rule } from "../../../schema/rules.ts";
import { EnvoyBackendObjectReference, EnvoyBackendRef } from "./backend-ref.ts";
import { ClusterSettings } from "./cluster-settings.ts";

/** Fields of an object that names backends of its own. */
export const backendClusterFields = {
  backendRef: optional(EnvoyBackendObjectReference, "Deprecated: use `backendRefs`."),
  backendRefs: optional(listOf(EnvoyBackendRef, { maxItems: 16 }), "The backends, shared out by weight."),
  backendSettings: optional(ClusterSettings, "How connections to the backends behave."),
};

/** `backendRef` is not used here. */
export const noSingleBackendRef = rule("!has(self.backendRef)", "backendRef cannot be used here; write backendRefs");

/** Backends are Services and Backends. */
export const servicesAndBackends = [
  rule(
    "has(self.backendRefs) ? self.backendRefs.all(f, f.kind == 'Service' || f.kind == 'Backend') : true",
    "backendRefs may be of kind Service or Backend",
  ),
  rule(
    "has(self.backendRefs) ? (self.backendRefs.all(f, f.group == \"\" || f.group == 'gateway.envoyproxy.io')) : true",
    "backendRefs may be of the core group or of gateway.envoyproxy.io",
  ),
];

/** There is a host or a backend to send to. */
export const hostOrBackend = rule(
  "has(self.host) || self.backendRefs.size() > 0",
  "backendRefs must name a backend (or host, deprecated, a host)",
);
