/** What an executable says about itself. */
export interface BuildInfo {
  /** Of the last tag and what came after it, as `git describe` gives it; `dev` when run from the sources. */
  readonly version: string;
  /** The commit it was built from; `unknown` when run from the sources. */
  readonly commit: string;
}

/** Put in by the bundler (tools/build); absent when run from the sources. */
declare const ENVOY_GATEWAY_BUILD: BuildInfo | undefined;

/** Version and commit of this program. */
export const buildInfo: BuildInfo =
  typeof ENVOY_GATEWAY_BUILD === "undefined" ? { version: "dev", commit: "unknown" } : ENVOY_GATEWAY_BUILD;
