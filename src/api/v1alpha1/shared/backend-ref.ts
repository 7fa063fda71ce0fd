/** References from this gateway's own kinds to backends. */
import { boolean, type Infer, named, object, optional } from "../../../schema/builder.ts";
import { rule } from "../../../schema/rules.ts";
import { backendObjectReferenceFields, backendWeight } from "../../gateway-api/references.ts";

const portOfService = rule(
  "(size(self.group) == 0 && self.kind == 'Service') ? has(self.port) : true",
  "a reference to a Service must name its port",
);

/** A Service with its port, or a Backend. */
export const EnvoyBackendObjectReference = named(
  "EnvoyBackendObjectReference",
  object(backendObjectReferenceFields, portOfService),
  "A Service with its port, or a Backend.",
);
export type EnvoyBackendObjectReference = Infer<typeof EnvoyBackendObjectReference>;

/** A Service with its port, or a Backend, and its share of the traffic. */
export const EnvoyBackendRef = named(
  "EnvoyBackendRef",
  object(
    {
      ...backendObjectReferenceFields,
      weight: backendWeight,
      fallback: optional(boolean(), "Uses this backend only when all others are unhealthy. Default: false."),
    },
    portOfService,
  ),
  "A Service with its port, or a Backend, and its share of the traffic.",
);
export type EnvoyBackendRef = Infer<typeof EnvoyBackendRef>;
