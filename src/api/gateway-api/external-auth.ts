/** External authorization: another service decides on each request (GEP-1494). */
import { type Infer, integer, listOf, named, object, oneOf, optional, required, string } from "../../schema/builder.ts";
import { rule } from "../../schema/rules.ts";
import { BackendObjectReference } from "./references.ts";

const HeaderNames = listOf(string(), { listType: "set", maxItems: 64 });

/** Asks a service whether a request may pass, in Envoy's `ext_authz` protocol or by forwarding the request's head. */
export const HTTPExternalAuthFilter = named(
  "HTTPExternalAuthFilter",
  object(
    {
      protocol: required(oneOf("HTTP", "GRPC"), "How the service is asked."),
      backendRef: required(BackendObjectReference, "The service."),
      grpc: optional(
        object({ allowedHeaders: optional(HeaderNames, "Request headers the service gets to see. Absent means all.") }),
        "Options of protocol `GRPC`.",
      ),
      http: optional(
        object({
          path: optional(
            string({ maxLength: 1024, pattern: "^(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|[%][0-9a-fA-F]{2})+$" }),
            "Put before the request's own path when the service is asked.",
          ),
          allowedHeaders: optional(
            HeaderNames,
            "Request headers the service gets to see besides those it always gets (such as Authorization, Host, Method and Path).",
          ),
          allowedResponseHeaders: optional(
            HeaderNames,
            "Headers of the service's answer that are put into the request for the backend. Absent means all.",
          ),
        }),
        "Options of protocol `HTTP`.",
      ),
      forwardBody: optional(
        object({
          maxSize: optional(
            integer({ format: "int32", minimum: 0 }),
            "Bytes of the body that are sent at most. 0 means no body.",
          ),
        }),
        "Sends the request's body along.",
      ),
    },
    ...(["GRPC", "HTTP"] as const).flatMap((protocol) => {
      const field = protocol.toLowerCase();
      return [
        rule(
          `self.protocol == '${protocol}' ? has(self.${field}) : true`,
          `${field} must be specified when protocol is set to '${protocol}'`,
        ),
        rule(
          `has(self.${field}) ? self.protocol == '${protocol}' : true`,
          `protocol must be '${protocol}' when ${field} is set`,
        ),
      ];
    }),
  ),
  "Asks a service whether a request may pass, in Envoy's `ext_authz` protocol or by forwarding the request's head.",
);
export type HTTPExternalAuthFilter = Infer<typeof HTTPExternalAuthFilter>;
