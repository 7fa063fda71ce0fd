/** Namespace, as far as the gateway reads it: its labels decide which routes may attach. */
import { keepUnknown, object, optional } from "../../schema/builder.ts";
import { type InferKind, type InferKindInput, kind } from "../../schema/kind.ts";

/** Holds objects together under one name. */
export const Namespace = kind("Namespace", {
  group: "",
  versions: ["v1"],
  shortNames: ["ns"],
  scope: "Cluster",
  spec: optional(object({}, keepUnknown), "Not read."),
  status: object({}, keepUnknown),
  doc: "Holds objects together under one name. Its labels decide which routes may attach to a listener.",
});
export type Namespace = InferKind<typeof Namespace>;
export type NamespaceInput = InferKindInput<typeof Namespace>;
