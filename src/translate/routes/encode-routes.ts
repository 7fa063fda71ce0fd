import { clone, create, toBinary } from "@bufbuild/protobuf";
import type { KubeObject } from "../../api/object.ts";
import { keyOf } from "../../api/object.ts";
import { type Context, compact } from "../../engine/index.ts";
import { DirectResponseActionSchema, RouteSchema } from "../../gen/envoy/config/route/v3/route_components_pb.js";
import type { Hostname } from "../listeners/hostnames.ts";
import type { RouteListener } from "../listeners/route-listeners.ts";
import { type AppliedPolicies, noPolicies, type PolicyLookup, type PolicyUse } from "./applied-policy.ts";
import type { AttachableRoute, ParentResult } from "./attachment.ts";
import { hostPrecedence } from "./host-precedence.ts";
import { atListener, type RedirectOrigin } from "./http/redirect.ts";
import type { RouteEntry } from "./http/rule-input.ts";
import type { EncodedEntry, HostContribution, TranslatedRule } from "./model.ts";
import { placeOf } from "./tables.ts";

/** Encodes a route's entries for each listener and host it is served on, with the policies in force there. */
export function encodeHosts(
  route: AttachableRoute,
  parents: readonly ParentResult[],
  rules: readonly TranslatedRule[],
  policies: PolicyLookup,
  ctx: Context,
): { readonly hosts: readonly HostContribution[]; readonly policyUses: readonly PolicyUse[] } {
  const hosts: HostContribution[] = [];
  const policyUses = new Map<string, PolicyUse>();
  const done = new Set<string>();
  for (const { listener, hostnames, isServed } of parents.flatMap((parent) => parent.attachments)) {
    if (!isServed || done.has(listener.key)) continue;
    // Two parentRefs may lead to one listener; its hosts are served once.
    done.add(listener.key);
    const applied = rules.map((rule) => policies.applied(ctx, target(route, rule), listener));
    for (const host of hostnames) hosts.push(contribute(route, listener, host, rules, applied));
    const { fleet } = listener;
    for (const id of applied.flatMap(({ ids }) => ids)) policyUses.set(`${fleet}|${id}`, { fleet, id });
  }
  return { hosts: compact(hosts), policyUses: compact([...policyUses.values()]) };
}

function target(route: KubeObject, rule: TranslatedRule) {
  return {
    kind: route.kind,
    namespace: route.metadata.namespace ?? "",
    name: route.metadata.name,
    ruleName: rule.name,
  };
}

function contribute(
  route: AttachableRoute,
  listener: RouteListener,
  host: Hostname,
  rules: readonly TranslatedRule[],
  applied: readonly AppliedPolicies[],
): HostContribution {
  const place = {
    suffix: host.replaceAll(".", "_"),
    precedence: hostPrecedence(route.spec.hostnames, listener.hostname, host),
  };
  const { protocol, port } = listener.listener;
  const origin: RedirectOrigin = { scheme: protocol === "HTTP" ? "http" : "https", port, hostname: host };
  const { table, place: tablePlace } = placeOf(listener, host);
  return {
    table,
    listener: listener.key,
    host,
    place: tablePlace,
    entries: compact(
      rules.flatMap((rule, i) =>
        rule.translation.entries
          .flatMap((entry) => atListener(entry, origin))
          .map((entry) => encodeEntry(entry, place, applied[i] ?? noPolicies)),
      ),
    ),
    clusters: [...new Set(rules.flatMap((rule) => rule.translation.entries.flatMap((entry) => entry.clusters)))],
    extensions: compact([...new Set(applied.flatMap(({ extensions }) => extensions))]),
    from: [`${route.kind} ${keyOf(route)}`],
  };
}

interface HostPlace {
  /** Ends the route's name. */
  readonly suffix: string;
  /** Begins its sort key. */
  readonly precedence: string;
}

function encodeEntry(entry: RouteEntry, { suffix, precedence }: HostPlace, policies: AppliedPolicies): EncodedEntry {
  const route = policies === noPolicies ? entry.route : clone(RouteSchema, entry.route);
  for (const [filter, config] of policies.perFilterConfig) route.typedPerFilterConfig[filter] ??= config;
  if (policies.isRefused) {
    route.action = { case: "directResponse", value: create(DirectResponseActionSchema, { status: 500 }) };
  }
  route.name = `${entry.name}/${suffix}`;
  return { sortKey: precedence + entry.sortKey, path: entry.path, bytes: toBinary(RouteSchema, route) };
}
