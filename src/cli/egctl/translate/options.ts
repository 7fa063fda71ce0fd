import type { Format } from "../../output/formats.ts";

/** What `--type` chooses from. */
export const translateTypes = ["all", "bootstrap", "cluster", "endpoint", "listener", "route"] as const;

/** What `--to` chooses from. */
export const translateTargets = ["gateway-api", "xds", "ir"] as const;

export interface TranslateOptions {
  readonly file: readonly string[];
  readonly to: readonly (typeof translateTargets)[number][];
  readonly type: (typeof translateTypes)[number];
  readonly output: Format;
  readonly addMissingResources?: true;
  readonly dnsDomain: string;
  readonly namespace: string;
}
