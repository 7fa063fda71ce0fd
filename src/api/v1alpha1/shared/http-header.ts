/**
 * Headers in this gateway's own kinds. Unlike those of Gateway API 1.7 their values are not limited to visible characters, so
 * that manifests written for earlier releases stay valid.
 */
import { type Infer, listOf, named, object, optional, required, string } from "../../../schema/builder.ts";
import { HTTPHeaderName } from "../../gateway-api/names.ts";

/** A header with its value. */
export const EnvoyHTTPHeader = named(
  "EnvoyHTTPHeader",
  object({
    name: required(HTTPHeaderName, "Name of the header; the case does not matter."),
    value: required(
      string({ minLength: 1, maxLength: 4096 }),
      "Value of the header; Envoy's `%…%` variables are filled in.",
    ),
  }),
  "A header with its value.",
);
export type EnvoyHTTPHeader = Infer<typeof EnvoyHTTPHeader>;

const Headers = listOf(EnvoyHTTPHeader, { listType: "map", listMapKeys: ["name"], maxItems: 16 });

/** Changes to headers. */
export const EnvoyHTTPHeaderFilter = named(
  "EnvoyHTTPHeaderFilter",
  object({
    set: optional(Headers, "Headers that replace those of the same name."),
    add: optional(Headers, "Headers that come on top of those of the same name."),
    remove: optional(listOf(string(), { listType: "set", maxItems: 16 }), "Names of headers that are taken away."),
  }),
  "Changes to headers: `set` replaces, `add` appends, `remove` takes away.",
);
export type EnvoyHTTPHeaderFilter = Infer<typeof EnvoyHTTPHeaderFilter>;
