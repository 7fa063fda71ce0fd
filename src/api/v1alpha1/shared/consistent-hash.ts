/** Load balancing by a hash: requests that are alike go to the same endpoint. */
import {
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
} from "../../../schema/builder.ts";
import { Duration } from "../../gateway-api/names.ts";
import { fieldOfType } from "./union.ts";

const HeaderByName = object({ name: required(string(), "Name of the header.") });

/** What of a request is hashed (Envoy's Maglev). */
export const ConsistentHash = named(
  "ConsistentHash",
  object(
    {
      type: required(
        oneOf("SourceIP", "Header", "Headers", "Cookie", "QueryParams"),
        "What is hashed. `Header` is deprecated: use `Headers`.",
      ),
      header: optional(HeaderByName, "Deprecated: use `headers`."),
      headers: optional(listOf(HeaderByName), "Headers, all of which are hashed."),
      cookie: optional(
        object({
          name: required(string(), "Name of the cookie."),
          ttl: optional(Duration, "Makes a cookie of this life time for clients that have none."),
          attributes: optional(mapOf(string()), "Further attributes of the cookie that is made."),
        }),
        "The cookie.",
      ),
      queryParams: optional(
        listOf(object({ name: required(string(), "Name of the parameter.") })),
        "Query parameters, all of which are hashed.",
      ),
      tableSize: defaulted(
        integer({ format: "int64", minimum: 2, maximum: 5_000_011 }),
        65_537,
        "Size of the hash table, a prime number. The larger, the more even.",
      ),
    },
    fieldOfType("Header", "header"),
    fieldOfType("Headers", "headers"),
    fieldOfType("Cookie", "cookie"),
    fieldOfType("QueryParams", "queryParams"),
  ),
  "What of a request is hashed (Envoy's Maglev).",
);
export type ConsistentHash = Infer<typeof ConsistentHash>;
