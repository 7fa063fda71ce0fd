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

/** Reference to an SDS resource in a file, which is read again when a file is moved to its place, or into `watchedDirectory`. */
export function secretFromFile(name: string, path: string, watchedDirectory?: string): JsonObject {
  const source = { path, ...(watchedDirectory !== undefined && { watched_directory: { path: watchedDirectory } }) };
  return { name, sds_config: { path_config_source: source, resource_api_version: "V3" } };
}

export const xdsTokenName = "jwt-sa-bearer";
export const xdsTokenFile = "xds_service_account_token.json";

/** Content of {@link xdsTokenFile}: the token in `<directory>/sa-token`, which is replaced there before it runs out. */
export function xdsTokenResource(directory: string): JsonObject {
  return {
    resources: [
      {
        "@type": secretType,
        name: xdsTokenName,
        generic_secret: {
          secret: { filename: join(directory, "sa-token"), watched_directory: { path: directory } },
        },
      },
    ],
  };
}
