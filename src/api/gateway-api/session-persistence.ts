/** Session persistence: a client's requests keep going to the backend endpoint that took its first one (GEP-1619). */
import { defaulted, type Infer, named, object, oneOf, optional, required, string } from "../../schema/builder.ts";
import { rule } from "../../schema/rules.ts";
import { Duration, TOKEN_PATTERN } from "./names.ts";

const SessionName = string({ minLength: 1, maxLength: 256, pattern: TOKEN_PATTERN });

/** How a session is recognised and how long it lasts. */
export const SessionPersistence = named(
  "SessionPersistence",
  object(
    {
      type: defaulted(oneOf("Cookie", "Header"), "Cookie", "Where the client carries its session."),
      absoluteTimeout: optional(Duration, "How long a session lasts at most. Required for permanent cookies."),
      cookie: optional(
        object({
          name: optional(SessionName, "Name of the cookie. Absent means a name that the gateway makes up."),
          path: defaulted(string({ maxLength: 1024 }), "/", "Path of the cookie."),
          lifetimeType: defaulted(
            oneOf("Permanent", "Session"),
            "Session",
            "`Session`: the cookie ends with the client's session; `Permanent`: it lasts until `absoluteTimeout`.",
          ),
        }),
        "The cookie, for type `Cookie`.",
      ),
      header: optional(
        object({ name: required(SessionName, "Name of the header.") }),
        "The header, for type `Header`.",
      ),
    },
    rule(
      "!has(self.cookie) || !has(self.cookie.lifetimeType) || self.cookie.lifetimeType != 'Permanent' || has(self.absoluteTimeout)",
      "AbsoluteTimeout must be specified when cookie lifetimeType is Permanent",
    ),
    rule("!has(self.cookie) || self.type == 'Cookie'", "cookie must be nil if type is not Cookie"),
    rule("self.type != 'Cookie' || has(self.cookie)", "cookie must be specified for Cookie type"),
    rule("!has(self.header) || self.type == 'Header'", "header must be nil if type is not Header"),
    rule("self.type != 'Header' || has(self.header)", "header must be specified for Header type"),
  ),
  "How a session is recognised and how long it lasts.",
);
export type SessionPersistence = Infer<typeof SessionPersistence>;
