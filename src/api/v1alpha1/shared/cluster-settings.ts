/** How Envoy behaves towards a backend: the part that traffic policies, telemetry and authentication services share. */
import { type Infer, named, object, optional } from "../../../schema/builder.ts";
import { rule } from "../../../schema/rules.ts";
import { BackendConnection } from "./backend-connection.ts";
import { CircuitBreaker } from "./circuit-breaker.ts";
import { DNS } from "./dns.ts";
import { HealthCheck } from "./health-check.ts";
import { HTTP2Settings } from "./http2.ts";
import { LoadBalancer } from "./load-balancer.ts";
import { ProxyProtocol } from "./proxy-protocol.ts";
import { Retry } from "./retry.ts";
import { TCPKeepalive } from "./tcp-keepalive.ts";
import { Timeout } from "./timeout.ts";

/** Fields of {@link ClusterSettings}, for policies that add to them. */
export const clusterSettingsFields = {
  loadBalancer: optional(
    LoadBalancer,
    "How requests are shared out among endpoints. Default: to those with the fewest requests.",
  ),
  retry: optional(Retry, "When a request is tried again. Default: never."),
  proxyProtocol: optional(ProxyProtocol, "Tells backends the client's address. Default: not told."),
  tcpKeepalive: optional(TCPKeepalive, "Signs of life on idle connections. Default: none."),
  healthCheck: optional(HealthCheck, "How the health of endpoints is found out. Default: not at all."),
  circuitBreaker: optional(CircuitBreaker, "Limits beyond which work is refused."),
  timeout: optional(Timeout, "Time limits."),
  connection: optional(BackendConnection, "Buffers and early connections."),
  dns: optional(DNS, "How names are resolved."),
  http2: optional(HTTP2Settings, "HTTP/2 settings, for backends that speak it."),
};

/** Early connections for requests to come need a balancer that can foresee its choice. */
export const predictivePreconnectRule = rule(
  "!((has(self.connection) && has(self.connection.preconnect) && has(self.connection.preconnect.predictivePercent)) && !(has(self.loadBalancer) && has(self.loadBalancer.type) && self.loadBalancer.type in ['Random', 'RoundRobin']))",
  "connection.preconnect.predictivePercent needs loadBalancer.type Random or RoundRobin",
);

/** How Envoy behaves towards a backend. */
export const ClusterSettings = named(
  "ClusterSettings",
  object(clusterSettingsFields, predictivePreconnectRule),
  "How Envoy behaves towards a backend.",
);
export type ClusterSettings = Infer<typeof ClusterSettings>;
