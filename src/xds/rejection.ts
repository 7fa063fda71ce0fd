import type { ResourceType } from "./resource-types.ts";

/** An Envoy's refusal of one resource, found by sending what was refused in smaller parts. */
export interface Rejection {
  readonly fleet: string;
  /** `node.id` of the Envoy. */
  readonly node: string;
  readonly type: ResourceType;
  readonly name: string;
  /** Set when a single virtual host of a table was refused. */
  readonly virtualHost?: string;
  /** Set when a single part of an extension was refused. */
  readonly part?: string;
  /** Envoy's words. */
  readonly message: string;
  readonly from: readonly string[];
}
