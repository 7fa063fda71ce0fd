/** RequestRedirect. */
import { clone, create, type MessageInitShape } from "@bufbuild/protobuf";
import type { HTTPRequestRedirectFilter } from "../../../api/gateway-api/http-filters.ts";
import {
  HeaderMatcherSchema,
  type RedirectAction,
  type RedirectActionSchema,
  RedirectAction_RedirectResponseCode as ResponseCode,
  RouteSchema,
} from "../../../gen/envoy/config/route/v3/route_components_pb.js";
import { type PathChange, pathChange } from "./path-change.ts";
import type { RouteEntry } from "./rule-input.ts";

const RESPONSE_CODES: Readonly<Record<HTTPRequestRedirectFilter["statusCode"], ResponseCode>> = {
  301: ResponseCode.MOVED_PERMANENTLY,
  302: ResponseCode.FOUND,
  303: ResponseCode.SEE_OTHER,
  307: ResponseCode.TEMPORARY_REDIRECT,
  308: ResponseCode.PERMANENT_REDIRECT,
};

const WELL_KNOWN_PORT: Readonly<Record<string, number>> = { http: 80, https: 443 };

/** What a redirect needs to know of the listener and the virtual host that its route is put into. */
export interface RedirectOrigin {
  readonly scheme: "http" | "https";
  /** Port of the Gateway's listener (not the one Envoy is bound to). */
  readonly port: number;
  /** Domain of the virtual host: a host name, `*.example.com` or `*`. */
  readonly hostname: string;
}

/** Envoy's redirect, but for the port: {@link atListener} adds that. */
export function redirectAction(
  filter: HTTPRequestRedirectFilter,
  path: RouteEntry["path"],
): MessageInitShape<typeof RedirectActionSchema> {
  const change = filter.path === undefined ? undefined : pathChange(filter.path, path);
  return {
    responseCode: RESPONSE_CODES[filter.statusCode],
    ...(filter.scheme === undefined
      ? {}
      : { schemeRewriteSpecifier: { case: "schemeRedirect", value: filter.scheme } }),
    ...(filter.hostname === undefined ? {} : { hostRedirect: filter.hostname }),
    ...(filter.port === undefined ? {} : { portRedirect: filter.port }),
    ...(change === undefined ? {} : { pathRewriteSpecifier: pathRewriteSpecifier(change) }),
  };
}

/**
 * The entry as the listener serves it; entries that do not redirect come back as they are.
 *
 * Follows `HTTPRequestRedirectFilter.port`: without a port the scheme's well-known one counts if a scheme is given,
 * else the listener's; and a well-known port is not written. Envoy by itself keeps the port of the request's Host
 * header. So the host is written out where it is known; under a wildcard the entry becomes two, the first of which
 * (suffix `/with-port`) is for Host headers with a port and replaces it.
 */
export function atListener(entry: RouteEntry, origin: RedirectOrigin): readonly RouteEntry[] {
  if (entry.route.action.case !== "redirect") return [entry];
  const redirect = entry.route.action.value;
  const { case: schemeCase, value: newScheme } = redirect.schemeRewriteSpecifier;
  const scheme = schemeCase === "schemeRedirect" ? newScheme : origin.scheme;
  const port =
    redirect.portRedirect || (schemeCase === "schemeRedirect" ? WELL_KNOWN_PORT[scheme] : undefined) || origin.port;
  if (port !== WELL_KNOWN_PORT[scheme])
    return [changed(entry, (action) => Object.assign(action, { portRedirect: port }))];
  const hidden = changed(entry, (action) => Object.assign(action, { portRedirect: 0 }));
  if (redirect.hostRedirect !== "") return [hidden];
  if (!origin.hostname.includes("*")) {
    return [changed(hidden, (action) => Object.assign(action, { hostRedirect: origin.hostname }))];
  }
  return [withPort(entry, port), { ...hidden, sortKey: `${entry.sortKey} ` }];
}

function withPort(entry: RouteEntry, port: number): RouteEntry {
  const shown = changed(entry, (action) => Object.assign(action, { portRedirect: port }));
  shown.route.match?.headers.push(
    create(HeaderMatcherSchema, {
      name: ":authority",
      headerMatchSpecifier: {
        case: "stringMatch",
        value: { matchPattern: { case: "safeRegex", value: { regex: ".*:[0-9]+" } } },
      },
    }),
  );
  return { ...shown, name: `${entry.name}/with-port` };
}

function changed(entry: RouteEntry, change: (action: RedirectAction) => void): RouteEntry {
  const route = clone(RouteSchema, entry.route);
  if (route.action.case === "redirect") change(route.action.value);
  return { ...entry, route };
}

function pathRewriteSpecifier(
  change: PathChange,
): NonNullable<MessageInitShape<typeof RedirectActionSchema>["pathRewriteSpecifier"]> {
  switch (change.type) {
    case "full":
      return { case: "pathRedirect", value: change.path };
    case "prefix":
      return { case: "prefixRewrite", value: change.replacement };
    case "regex":
      return { case: "regexRewrite", value: { pattern: { regex: change.pattern }, substitution: change.substitution } };
  }
}
