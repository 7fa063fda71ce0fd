/** Answers that are made up, without asking a backend. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { DirectResponseActionSchema } from "../../../gen/envoy/config/route/v3/route_components_pb.js";
import { formatString } from "./header-value.ts";

/** Largest body in bytes. Envoy refuses a route table with a larger one than the table itself allows, see `tables.ts`. */
export const MAX_DIRECT_RESPONSE_BYTES = 1 << 20;

/** An answer; its headers are among those that the route changes. */
export interface DirectResponse {
  readonly status: number;
  /** Text, in which Envoy's operators (`%REQ(:PATH)%`) are filled in, or bytes as they are. Absent: no body. */
  readonly body?: string | Uint8Array;
}

/** Envoy's action. */
export function directResponse({ status, body }: DirectResponse): MessageInitShape<typeof DirectResponseActionSchema> {
  if (body === undefined) return { status };
  if (typeof body !== "string") return { status, body: { specifier: { case: "inlineBytes", value: body } } };
  if (!body.includes("%")) return { status, body: { specifier: { case: "inlineString", value: body } } };
  const source = { specifier: { case: "inlineString" as const, value: formatString(body) } };
  return { status, bodyFormat: { format: { case: "textFormatSource", value: source } } };
}
