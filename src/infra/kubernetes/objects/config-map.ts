import type { AnyObject } from "../../../kube/client.ts";
import {
  xdsCertificateFile,
  xdsCertificateResource,
  xdsTokenFile,
  xdsTokenResource,
  xdsTrustedAuthorityFile,
  xdsTrustedAuthorityResource,
} from "../../bootstrap/sds.ts";
import { type FleetScope, metadataOf } from "../scope.ts";
import { controlPlaneHost, controlPlaneService } from "../settings.ts";
import { directories, hasTokens } from "./paths.ts";

/**
 * What Envoy needs to know before it can ask: how it proves who it is and whom it trusts. Beside a Gateway that is a token, and the
 * authority lies in the ConfigMap itself, for Secrets stay in their namespace.
 */
export function configMap(scope: FleetScope): AnyObject {
  const { settings } = scope;
  const text = (value: object): string => `${JSON.stringify(value, undefined, 2)}\n`;
  const data: Readonly<Record<string, string>> = hasTokens(scope)
    ? {
        [xdsTrustedAuthorityFile]: text(xdsTrustedAuthorityResource(directories.sds, controlPlaneHost(settings))),
        [xdsTokenFile]: text(xdsTokenResource(directories.token)),
        "ca.crt": settings.certificateAuthority?.() ?? "",
      }
    : {
        [xdsCertificateFile]: text(xdsCertificateResource(directories.certificates)),
        [xdsTrustedAuthorityFile]: text(xdsTrustedAuthorityResource(directories.certificates, controlPlaneService)),
      };
  return { metadata: metadataOf(scope), data };
}
