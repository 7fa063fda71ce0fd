/** Backends without endpoints: requests go to the host they name, which must not lead into Envoy's own machine. */
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { type Any, anyPack } from "@bufbuild/protobuf/wkt";
import { type PermissionSchema, RBAC_Action } from "../../../gen/envoy/config/rbac/v3/rbac_pb.js";
import { RBACPerRouteSchema, RBACSchema } from "../../../gen/envoy/extensions/filters/http/rbac/v3/rbac_pb.js";
import { unsupported } from "./match.ts";
import type { RuleProblem } from "./rule-input.ts";
import type { Split } from "./split.ts";

/** Name of the HTTP filter that refuses; disabled but on routes with such backends. */
export const LOOPBACK_FILTER = "envoy.filters.http.rbac.dfp_loopback_deny";

/** What the filter is in the chain: nothing, until a route says what it refuses. */
export function inertLoopbackFilter(): Any {
  return anyPack(RBACSchema, create(RBACSchema));
}

/** RE2 expression for names and addresses of this machine, with or without a port. */
export const LOOPBACK =
  "(?i)(([^:]*\\.)?localhost(\\.localdomain)?\\.?|ip6-(localhost|loopback)|127(\\.[0-9]+){0,3}|0x7f[0-9a-f.]*|2130706433|0(\\.0){0,3}|\\[?[0:]*:(1|0|ffff:(127\\.[0-9.]+|7f[0-9a-f]{2}:[0-9a-f]+|0(\\.0){3}|0+:0+))?\\]?)(:[0-9]+)?";

/**
 * A split as its backend without endpoints wants it. Such a backend has no name of its own to be the host, and a host that is made of the
 * path cannot be looked at before.
 */
export function forDynamicBackend(split: Split, field: string, problems: RuleProblem[]): Split {
  const { host } = split.effects;
  if (!isDynamic(split) || host === undefined) return split;
  if (host.from === "path") {
    problems.push(
      unsupported(field, "make the host of the path, which a DynamicResolver cannot use; take it from a header"),
    );
    return { ...split, effects: { ...split.effects, isRefused: true } };
  }
  if (host.from !== "backend") return split;
  const { host: _host, ...effects } = split.effects;
  return { ...split, effects };
}

/** The filters of a route to such a backend. A host that is written in the route is the user's own choice. */
export function loopbackFilter(split: Split): Readonly<Record<string, Any>> {
  const { host } = split.effects;
  if (!isDynamic(split) || host?.from === "literal") return {};
  const refused = [":authority", ...(host?.from === "header" ? [host.name] : [])].map(namesLoopback);
  const perRoute = create(RBACPerRouteSchema, { rbac: { rules: deny(refused) } });
  return { [LOOPBACK_FILTER]: anyPack(RBACPerRouteSchema, perRoute) };
}

function isDynamic({ backends }: Split): boolean {
  return backends.some((backend) => backend.isDynamic);
}

type Permission = MessageInitShape<typeof PermissionSchema>;

function namesLoopback(header: string): Permission {
  const value = { matchPattern: { case: "safeRegex" as const, value: { regex: LOOPBACK } } };
  return {
    rule: { case: "header", value: { name: header, headerMatchSpecifier: { case: "stringMatch", value } } },
  };
}

function deny(permissions: readonly Permission[]) {
  const principals = [{ identifier: { case: "any" as const, value: true } }];
  return { action: RBAC_Action.DENY, policies: { loopback: { permissions: [...permissions], principals } } };
}
