import { defaultEnvoyVersion } from "../infra/host/envoy-binary.ts";
import { buildInfo } from "./build-info.ts";

/** What `version` commands and the admin server say about this program. */
export interface VersionInfo {
  readonly envoyGatewayVersion: string;
  /** Version of the Gateway API whose kinds and rules are built in. */
  readonly gatewayAPIVersion: string;
  /** Version of Envoy that is run where nothing else is asked for. */
  readonly envoyProxyVersion: string;
  readonly gitCommitID: string;
  readonly nodeVersion: string;
}

export const versionInfo: VersionInfo = {
  envoyGatewayVersion: buildInfo.version,
  gatewayAPIVersion: "v1.7.0",
  envoyProxyVersion: `v${defaultEnvoyVersion}`,
  gitCommitID: buildInfo.commit,
  nodeVersion: process.version,
};
