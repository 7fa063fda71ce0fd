/** ConfigMap: files and settings that are no secret. */
import { boolean, mapOf, optional, string } from "../../schema/builder.ts";
import { type InferKind, type InferKindInput, kind } from "../../schema/kind.ts";

/** Holds files and settings that are no secret. */
export const ConfigMap = kind("ConfigMap", {
  group: "",
  versions: ["v1"],
  shortNames: ["cm"],
  fields: {
    data: optional(mapOf(string()), "Values as text."),
    binaryData: optional(mapOf(string({ format: "base64" })), "Values in base64."),
    immutable: optional(boolean(), "Whether the values are fixed for good."),
  },
  doc: "Holds files and settings that are no secret.",
});
export type ConfigMap = InferKind<typeof ConfigMap>;
export type ConfigMapInput = InferKindInput<typeof ConfigMap>;
