/** PROXY protocol towards backends. */
import { type Infer, named, object, oneOf, required } from "../../../schema/builder.ts";

/** Tells backends the client's address at the start of a connection. */
export const ProxyProtocol = named(
  "ProxyProtocol",
  object({ version: required(oneOf("V1", "V2"), "Version of the PROXY protocol.") }),
  "Tells backends the client's address at the start of a connection.",
);
export type ProxyProtocol = Infer<typeof ProxyProtocol>;
