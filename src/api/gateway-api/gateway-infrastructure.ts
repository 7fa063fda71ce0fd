/** What is passed on to the infrastructure that is made for a Gateway. */
import { type Infer, mapOf, named, object, optional, string } from "../../schema/builder.ts";
import { rule } from "../../schema/rules.ts";
import { LocalObjectReference } from "./references.ts";

const METADATA_KEY_PATTERN =
  "^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9]$";

function metadataKeys(title: string, word: string) {
  return [
    rule(
      `self.all(key, key.matches(r"""${METADATA_KEY_PATTERN}"""))`,
      `${title} keys must be in the form of an optional DNS subdomain prefix followed by a required name segment of up to 63 characters.`,
    ),
    rule(
      'self.all(key, key.split("/")[0].size() < 253)',
      `If specified, the ${word} key's prefix must be a DNS subdomain not longer than 253 characters in total.`,
    ),
  ];
}

/** What is passed on to the infrastructure that is made for a Gateway. */
export const GatewayInfrastructure = named(
  "GatewayInfrastructure",
  object({
    labels: optional(
      mapOf(
        string({ minLength: 0, maxLength: 63, pattern: "^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$" }),
        { maxProperties: 8 },
        ...metadataKeys("Label", "label"),
      ),
      "Labels of every object that is made for the Gateway.",
    ),
    annotations: optional(
      mapOf(
        string({ minLength: 0, maxLength: 4096 }),
        { maxProperties: 16 },
        ...metadataKeys("Annotation", "annotation"),
      ),
      "Annotations of every object that is made for the Gateway.",
    ),
    parametersRef: optional(
      LocalObjectReference,
      "Object with further parameters for this Gateway, such as an EnvoyProxy.",
    ),
  }),
  "What is passed on to the infrastructure that is made for a Gateway.",
);
export type GatewayInfrastructure = Infer<typeof GatewayInfrastructure>;
