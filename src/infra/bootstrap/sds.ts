import { join } from "node:path";
import type { JsonObject } from "./json.ts";

/**
 * SDS resources in files: how an Envoy learns of its own certificate before it can ask anyone. Envoy follows the certificate
 * directory named inside each resource, so files that are replaced there (by rename) are used for the next connection.
 */

export const xdsCertificateName = "xds_certificate";
export const xdsTrustedAuthorityName = "xds_trusted_ca";

/** File names as the original has them in its ConfigMap. */
export const xdsCertificateFile = "xds-certificate.json";
export const xdsTrustedAuthorityFile = "xds-trusted-ca.json";

const secretType = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret";

/** Content of {@link xdsCertificateFile}: the client certificate in `certificateDirectory`. */
export function xdsCertificateResource(certificateDirectory: string): JsonObject {
  return {
    resources: [
      {
        "@type": secretType,
        name: xdsCertificateName,
        tls_certificate: {
          certificate_chain: { filename: join(certificateDirectory, "tls.crt") },
          private_key: { filename: join(certificateDirectory, "tls.key") },
          watched_directory: { path: certificateDirectory },
        },
      },
    ],
  };
}

/** Content of {@link xdsTrustedAuthorityFile}: `ca.crt`, and the DNS name that the control plane's certificate must carry. */
export function xdsTrustedAuthorityResource(certificateDirectory: string, serverName: string): JsonObject {
  return {
    resources: [
      {
        "@type": secretType,
        name: xdsTrustedAuthorityName,
        validation_context: {
          trusted_ca: { filename: join(certificateDirectory, "ca.crt") },
          watched_directory: { path: certificateDirectory },
          match_typed_subject_alt_names: [{ san_type: "DNS", matcher: { exact: serverName } }],
        },
      },
    ],
  };
}

/** Reference to an SDS resource in a file. */
export function secretFromFile(name: string, path: string): JsonObject {
  return { name, sds_config: { path_config_source: { path }, resource_api_version: "V3" } };
}
