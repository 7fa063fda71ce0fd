import type { TargetOptions } from "../target/options.ts";

/** Options of `egctl experimental collect`. */
export interface CollectOptions extends TargetOptions {
  /** Name of the archive, without or with `.tar.gz`. Default: `envoy-gateway-<time>`. */
  readonly output?: string;
  readonly envoySystemNamespace: string;
  /** Empty: wherever Envoys run. */
  readonly envoyProxyNamespaces: readonly string[];
  readonly sds?: true;
}
