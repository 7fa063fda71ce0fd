import type { Address } from "./address.ts";
import type { JsonObject } from "./json.ts";
import { ownListener } from "./own-listener.ts";

/**
 * A listener for probes: `GET /ready` is answered by Envoy itself, with 200 while it takes traffic, with 503 once it was told to fail
 * health checks. It accepts nothing before the first configuration has come, since until then no worker runs.
 */
export function readinessListener(address: Address): JsonObject {
  return ownListener({
    name: "envoy-gateway-proxy-ready",
    address,
    manager: {
      stat_prefix: "eg-ready-http",
      route_config: {
        name: "ready_route",
        virtual_hosts: [
          {
            name: "ready_route",
            domains: ["*"],
            routes: [{ match: { prefix: "/" }, direct_response: { status: 404 } }],
          },
        ],
      },
      http_filters: [
        {
          name: "envoy.filters.http.health_check",
          typed_config: {
            "@type": "type.googleapis.com/envoy.extensions.filters.http.health_check.v3.HealthCheck",
            pass_through_mode: false,
            headers: [{ name: ":path", string_match: { exact: "/ready" } }],
          },
        },
      ],
    },
  });
}
