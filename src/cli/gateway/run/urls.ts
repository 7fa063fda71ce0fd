import type { HTTPRoute } from "../../../api/gateway-api/httproute.ts";
import type { Listener } from "../../../api/gateway-api/listener.ts";
import { objectKey } from "../../../api/object.ts";
import type { ObjectStatus } from "../../../translate/conditions.ts";
import { intersect, normalizeHostname } from "../../../translate/listeners/hostnames.ts";
import type { Translation } from "../../../translate/translation.ts";
import { isServed } from "./verdict.ts";

/** Addresses at which a listener answers, without a path: `http://www.example.com:8888`. A listener of all hosts is shown as localhost. */
export function listenerUrl({ protocol, port, hostname }: Listener): string {
  return urlOf(protocol, hostname ?? "localhost", port);
}

/**
 * Addresses at which a route is reached: each of its hostnames on each listener that took it, with the path of its first match.
 * Follows the route's status, so a parent that refused it gives none.
 */
export function routeUrls(route: HTTPRoute, status: ObjectStatus | undefined, translation: Translation): string[] {
  const urls = new Set<string>();
  for (const { parentRef, conditions } of status?.body.parents ?? []) {
    if (!conditions.some(({ type, status: value }) => type === "Accepted" && value === "True")) continue;
    const key = objectKey(parentRef.namespace ?? route.metadata.namespace, parentRef.name);
    for (const listener of translation.objects.of("Gateway").get(key)?.spec.listeners ?? []) {
      if (parentRef.sectionName !== undefined && parentRef.sectionName !== listener.name) continue;
      if (parentRef.port !== undefined && parentRef.port !== listener.port) continue;
      if (!isServed(translation.statuses.get(`Gateway/${key}`), listener.name)) continue;
      for (const host of commonHosts(route, listener))
        urls.add(`${urlOf(listener.protocol, host, listener.port)}${firstPath(route)}`);
    }
  }
  return [...urls];
}

function commonHosts(route: HTTPRoute, listener: Listener): string[] {
  const wanted = route.spec.hostnames?.length ? route.spec.hostnames : [undefined];
  return wanted.flatMap((hostname) => {
    const common = intersect(normalizeHostname(hostname), normalizeHostname(listener.hostname));
    return common === undefined ? [] : [common === "*" ? "localhost" : common];
  });
}

function firstPath(route: HTTPRoute): string {
  const path = route.spec.rules?.[0]?.matches?.[0]?.path;
  return path?.type === "RegularExpression" ? "/" : (path?.value ?? "/");
}

const schemes: Readonly<Record<string, { readonly scheme: string; readonly port: number }>> = {
  HTTP: { scheme: "http", port: 80 },
  HTTPS: { scheme: "https", port: 443 },
};

function urlOf(protocol: string, host: string, port: number): string {
  const { scheme, port: usual } = schemes[protocol] ?? { scheme: protocol.toLowerCase(), port: 0 };
  return `${scheme}://${host}${port === usual ? "" : `:${port}`}`;
}
