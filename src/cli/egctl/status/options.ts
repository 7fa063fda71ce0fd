import type { TargetOptions } from "../target/options.ts";

/** Options of `egctl experimental status`. */
export interface StatusOptions extends TargetOptions {
  readonly quiet?: true;
  readonly verbose?: true;
  readonly allNamespaces?: true;
  readonly namespace?: string;
}
