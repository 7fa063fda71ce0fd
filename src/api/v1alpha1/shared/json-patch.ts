/** Changes to generated configuration (RFC 6902 JSON Patch, with JSONPath for the place). */
import { anything, type Infer, named, object, oneOf, optional, required, string } from "../../../schema/builder.ts";
import type { Json } from "../../../schema/structural.ts";

/** One change. */
export const JSONPatchOperation = named(
  "JSONPatchOperation",
  object({
    op: required(oneOf("add", "remove", "replace", "move", "copy", "test"), "What is done."),
    path: optional(string(), "Place, as a JSON Pointer; with `jsonPath`, relative to what that finds."),
    jsonPath: optional(string(), "Places, as a JSONPath expression; the operation is done at each of them."),
    from: optional(string(), "Place that is moved or copied, as a JSON Pointer."),
    value: optional(anything<Json>(), "The new value, or the one to compare with."),
  }),
  "One change (RFC 6902), whose place may also be given as JSONPath.",
);
export type JSONPatchOperation = Infer<typeof JSONPatchOperation>;
