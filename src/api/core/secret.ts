/** Secret: certificates, keys and passwords. */
import { boolean, defaulted, type Infer, mapOf, optional, string } from "../../schema/builder.ts";
import { type InferKind, type InferKindInput, kind } from "../../schema/kind.ts";

const Data = mapOf(string({ format: "base64" }));

/** Holds values that are nobody else's business. */
export const Secret = kind("Secret", {
  group: "",
  versions: ["v1"],
  fields: {
    type: defaulted(string(), "Opaque", "What the Secret holds, such as `kubernetes.io/tls`."),
    data: optional(Data, "Values in base64."),
    stringData: optional(
      mapOf(string()),
      "Values as they are; put into `data`, where they win, and never shown again.",
    ),
    immutable: optional(boolean(), "Whether the values are fixed for good."),
  },
  doc: "Holds values that are nobody else's business.",
});
export type Secret = InferKind<typeof Secret>;
export type SecretInput = InferKindInput<typeof Secret>;
export type SecretData = Infer<typeof Data>;

/** The Secret as an API server keeps it: `stringData` encoded and merged over `data`, and gone itself. */
export function mergeStringData(secret: Secret): Secret {
  if (secret.stringData === undefined) return secret;
  const { stringData, ...rest } = secret;
  const encoded = Object.entries(stringData).map(
    ([key, value]) => [key, Buffer.from(value, "utf8").toString("base64")] as const,
  );
  return { ...rest, data: { ...secret.data, ...Object.fromEntries(encoded) } };
}
