/** An extension of the control plane: the kinds it brings, and the steps of the translation it is asked at. */
import {
  boolean,
  defaulted,
  type Infer,
  intOrString,
  listOf,
  named,
  object,
  oneOf,
  optional,
  required,
  string,
} from "../../../schema/builder.ts";
import { SIZE_PATTERN } from "../shared/quantity.ts";
import { ExtensionService } from "./extension-service.ts";

/** A kind by its full name. */
export const GroupVersionKind = named(
  "GroupVersionKind",
  object({
    group: required(string(), "API group."),
    version: required(string(), "Version."),
    kind: required(string(), "Kind."),
  }),
  "A kind by its full name.",
);
export type GroupVersionKind = Infer<typeof GroupVersionKind>;

const Hooks = listOf(oneOf("VirtualHost", "Route", "HTTPListener", "Translation", "Cluster", "Endpoints"));

function includes(resources: string, includeAll: boolean) {
  return optional(
    object({ includeAll: defaulted(boolean(), includeAll, `Whether all ${resources} are sent.`) }),
    `Which ${resources} the hook Translation gets.`,
  );
}

/** An extension of the control plane. */
export const ExtensionManager = named(
  "ExtensionManager",
  object({
    name: optional(string(), "Name of the extension, unique; required in `extensionManagers`."),
    resources: optional(listOf(GroupVersionKind), "Kinds that routes may refer to by `extensionRef`."),
    policyResources: optional(listOf(GroupVersionKind), "Kinds that are policies."),
    backendResources: optional(listOf(GroupVersionKind), "Kinds that routes may send requests to."),
    hooks: required(
      object({
        xdsTranslator: optional(
          object({
            pre: optional(Hooks, "Steps before which the extension is asked."),
            post: optional(Hooks, "Steps after which the extension is asked."),
            translation: optional(
              object({
                listener: includes("listeners", false),
                route: includes("routes", false),
                cluster: includes("clusters", true),
                secret: includes("secrets", true),
              }),
              "What the hook Translation gets to see.",
            ),
          }),
          "Hooks of the translation to xDS.",
        ),
      }),
      "When the extension is asked.",
    ),
    service: required(ExtensionService, "Where the extension is."),
    failOpen: optional(
      boolean(),
      "Whether the translation goes on without the extension if a call fails. Default: false.",
    ),
    maxMessageSize: optional(
      intOrString({ pattern: SIZE_PATTERN }),
      "Largest message that is sent or taken. Default: 4M.",
    ),
  }),
  "An extension of the control plane.",
);
export type ExtensionManager = Infer<typeof ExtensionManager>;
