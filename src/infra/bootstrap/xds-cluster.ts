import { isIP } from "node:net";
import { join } from "node:path";
import type { Address } from "./address.ts";
import type { JsonObject } from "./json.ts";
import { secretFromFile, xdsCertificateName, xdsTokenName, xdsTrustedAuthorityName } from "./sds.ts";

/**
 * Where Envoy finds its client certificate and the authorities it trusts. `sds`: two SDS resource files (see
 * {@link ./sds.ts}) that name a directory whose changes are followed, so that rotated certificates are used without a restart. `files`: the certificate files
 * themselves, read once at the start; for machines on which the SDS files cannot be written. `token`: no client certificate but a
 * service account's token, from an SDS resource file that is read again when something changes in `tokenDirectory`.
 */
export type XdsTls =
  | { readonly from: "sds"; readonly certificate: string; readonly trustedAuthorities: string }
  | { readonly from: "files"; readonly certificateDirectory: string; readonly serverName: string }
  | {
      readonly from: "token";
      readonly token: string;
      readonly tokenDirectory: string;
      readonly trustedAuthorities: string;
    };

/** Name of the static cluster that leads to the control plane; users' bootstrap changes may not touch its endpoints. */
export const xdsClusterName = "xds_cluster";

/**
 * `ads_config`: delta over gRPC, the node described in a stream's first message only. Without a control plane Envoy tries again
 * every two seconds at the most, for by itself it would wait up to 30 s, and a new control plane with it.
 */
export function adsCluster(): JsonObject {
  return {
    api_type: "DELTA_GRPC",
    transport_api_version: "V3",
    set_node_on_first_message_only: true,
    grpc_services: [
      {
        envoy_grpc: {
          cluster_name: xdsClusterName,
          retry_policy: { retry_back_off: { base_interval: "0.25s", max_interval: "2s" } },
        },
      },
    ],
  };
}

/**
 * The cluster of the control plane: STATIC for an IP address, STRICT_DNS for a name. HTTP/2 pings find a dead connection within
 * 35 s, where TCP alone would take many minutes.
 */
export function xdsCluster(address: Address, tls: XdsTls | undefined): JsonObject {
  return {
    name: xdsClusterName,
    type: isIP(address.host) === 0 ? "STRICT_DNS" : "STATIC",
    connect_timeout: "10s",
    load_assignment: {
      cluster_name: xdsClusterName,
      endpoints: [
        {
          load_balancing_weight: 1,
          lb_endpoints: [
            {
              load_balancing_weight: 1,
              endpoint: { address: { socket_address: { address: address.host, port_value: address.port } } },
            },
          ],
        },
      ],
    },
    typed_extension_protocol_options: {
      "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
        "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
        explicit_http_config: {
          http2_protocol_options: { connection_keepalive: { interval: "30s", timeout: "5s" } },
        },
        ...(tls?.from === "token" && { http_filters: tokenFilters(tls.token, tls.tokenDirectory) }),
      },
    },
    ...(tls && { transport_socket: transportSocket(tls) }),
  };
}

/** Upstream filters that put the token into each stream to the control plane. */
function tokenFilters(token: string, directory: string): JsonObject[] {
  return [
    {
      name: "envoy.filters.http.credential_injector",
      typed_config: {
        "@type": "type.googleapis.com/envoy.extensions.filters.http.credential_injector.v3.CredentialInjector",
        overwrite: true,
        credential: {
          name: "envoy.http.injected_credentials.generic",
          typed_config: {
            "@type": "type.googleapis.com/envoy.extensions.http.injected_credentials.generic.v3.Generic",
            credential: secretFromFile(xdsTokenName, token, directory),
            header: "Authorization",
            header_value_prefix: "Bearer ",
          },
        },
      },
    },
    {
      name: "envoy.filters.http.upstream_codec",
      typed_config: {
        "@type": "type.googleapis.com/envoy.extensions.filters.http.upstream_codec.v3.UpstreamCodec",
      },
    },
  ];
}

function transportSocket(tls: XdsTls): JsonObject {
  return {
    name: "envoy.transport_sockets.tls",
    typed_config: {
      "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext",
      common_tls_context: {
        tls_params: { tls_maximum_protocol_version: "TLSv1_3" },
        ...(tls.from === "token"
          ? { validation_context_sds_secret_config: secretFromFile(xdsTrustedAuthorityName, tls.trustedAuthorities) }
          : tls.from === "sds"
            ? {
                tls_certificate_sds_secret_configs: [secretFromFile(xdsCertificateName, tls.certificate)],
                validation_context_sds_secret_config: secretFromFile(xdsTrustedAuthorityName, tls.trustedAuthorities),
              }
            : {
                tls_certificates: [
                  {
                    certificate_chain: { filename: join(tls.certificateDirectory, "tls.crt") },
                    private_key: { filename: join(tls.certificateDirectory, "tls.key") },
                  },
                ],
                validation_context: {
                  trusted_ca: { filename: join(tls.certificateDirectory, "ca.crt") },
                  match_typed_subject_alt_names: [{ san_type: "DNS", matcher: { exact: tls.serverName } }],
                },
              }),
      },
    },
  };
}
