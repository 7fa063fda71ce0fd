import type { AdminOptions } from "../admin-client.ts";

/** Options of `egctl experimental status`. */
export interface StatusOptions extends AdminOptions {
  readonly quiet?: true;
  readonly verbose?: true;
  readonly allNamespaces?: true;
  readonly namespace: string;
}
