/** `sessionPersistence` of a rule (GEP-1619). */
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { type Any, anyPack } from "@bufbuild/protobuf/wkt";
import { durationMs, protoDuration } from "../../../api/duration.ts";
import type { SessionPersistence } from "../../../api/gateway-api/session-persistence.ts";
import type { TypedExtensionConfigSchema } from "../../../gen/envoy/config/core/v3/extension_pb.js";
import { StatefulSessionPerRouteSchema } from "../../../gen/envoy/extensions/filters/http/stateful_session/v3/stateful_session_pb.js";
import { CookieBasedSessionStateSchema } from "../../../gen/envoy/extensions/http/stateful_session/cookie/v3/cookie_pb.js";
import { HeaderBasedSessionStateSchema } from "../../../gen/envoy/extensions/http/stateful_session/header/v3/header_pb.js";
import { unsupported } from "./match.ts";
import type { RuleProblem } from "./rule-input.ts";

/** Name of the HTTP filter that keeps sessions; disabled but on routes with a session state. */
export const STATEFUL_SESSION_FILTER = "envoy.filters.http.stateful_session";

/** Name of the session's cookie where the rule gives none. */
const COOKIE_NAME = "eg-session";

/**
 * The filter's configuration for the route. The endpoint's address is in the cookie or header; where that endpoint
 * has gone, another is chosen. A `Session` cookie has no age and ends with the browser; a `Permanent` one lasts
 * `absoluteTimeout`.
 */
export function sessionConfig(persistence: SessionPersistence, field: string, problems: RuleProblem[]): Any {
  const sessionState =
    persistence.type === "Header" ? headerState(persistence) : cookieState(persistence, field, problems);
  return anyPack(
    StatefulSessionPerRouteSchema,
    create(StatefulSessionPerRouteSchema, { override: { case: "statefulSession", value: { sessionState } } }),
  );
}

function headerState(persistence: SessionPersistence): MessageInitShape<typeof TypedExtensionConfigSchema> {
  return {
    name: "envoy.http.stateful_session.header",
    typedConfig: anyPack(
      HeaderBasedSessionStateSchema,
      create(HeaderBasedSessionStateSchema, { name: persistence.header?.name ?? COOKIE_NAME }),
    ),
  };
}

function cookieState(
  persistence: SessionPersistence,
  field: string,
  problems: RuleProblem[],
): MessageInitShape<typeof TypedExtensionConfigSchema> {
  const { cookie } = persistence;
  const lifetime = durationMs(persistence.absoluteTimeout);
  if (persistence.absoluteTimeout !== undefined && lifetime === undefined) {
    problems.push(unsupported(`${field}.absoluteTimeout`, "must be a duration such as `1h`"));
  }
  const isPermanent = cookie?.lifetimeType === "Permanent" && lifetime !== undefined;
  return {
    name: "envoy.http.stateful_session.cookie",
    typedConfig: anyPack(
      CookieBasedSessionStateSchema,
      create(CookieBasedSessionStateSchema, {
        cookie: {
          name: cookie?.name ?? COOKIE_NAME,
          path: cookie?.path ?? "/",
          ...(isPermanent ? { ttl: protoDuration(lifetime) } : {}),
        },
      }),
    ),
  };
}
