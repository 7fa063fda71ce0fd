import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import { type Field, type Infer, type InferInput, optional, type Schema } from "../schema/builder.ts";
import type { HttpFilterPlacement } from "./http-filter-order.ts";

/** The HTTP filter that carries out a feature, and its place among others. */
export interface FeatureHttpFilter extends HttpFilterPlacement {
  /**
   * The filter's own message. Features whose settings cannot stand in a route put parts of it together with
   * {@link FeatureContext.addToFilter}; all parts in force are delivered by extension discovery, apart from listeners, so that
   * no change of a policy drains connections.
   */
  readonly schema: DescMessage;
}

/** The policy that a value stands in: references in the value are relative to its namespace, and names are made after it. */
export interface FieldOwner {
  readonly namespace: string;
  readonly name: string;
}

/** Backends that a feature itself talks to. */
export interface FeatureBackends {
  /** Owner of the references. */
  readonly owner: FieldOwner;
  readonly refs: readonly FeatureBackendRef[];
  /** Field that the references stand in, e.g. `spec.jwt.providers[0].remoteJWKS.backendRefs`. */
  readonly field: string;
  /** What the backends are for, e.g. `jwt/0`; part of the cluster's name if it has one of its own. */
  readonly purpose: string;
  /** TLS with this server name where the backends themselves do not say how TLS is spoken to them. */
  readonly serverName?: string;
}

/** A reference to a Service or a Backend. */
export interface FeatureBackendRef {
  readonly group?: string;
  readonly kind?: string;
  readonly namespace?: string;
  readonly name: string;
  readonly port?: number;
  readonly weight?: number;
  /** Used only when all others are unhealthy. */
  readonly fallback?: boolean;
}

/**
 * What a feature's translation can look up and say. Everything looked up is remembered: when it changes, the policy is
 * translated again.
 */
export interface FeatureContext {
  /** Unique among the policies in force: `<kind>/<namespace>/<name>` in lower case, with the parent's key after `+` where two are merged. */
  readonly id: string;
  /** Owner of a field, e.g. `ownerOf("jwt", "providers")`: of two merged policies the specific one if it sets the field, else its parent. */
  ownerOf(...path: readonly string[]): FieldOwner;
  /** Values of a ConfigMap in the owner's namespace; `undefined` if there is none. */
  configMap(owner: FieldOwner, name: string): Readonly<Record<string, string>> | undefined;
  /** Name of a cluster for backends; `undefined` if a reference is wrong, which is reported then. */
  backends(backends: FeatureBackends): string | undefined;
  /** Name of a cluster for the host of a URL. */
  urlCluster(url: URL): string;
  /** Configures the feature's HTTP filter on every route in force; the filter is off elsewhere. */
  perRoute<T extends DescMessage>(schema: T, message: MessageShape<T>): void;
  /** Adds a part to the configuration of the feature's HTTP filter. No two policies may set the same key of a map. */
  addToFilter<T extends DescMessage>(schema: T, message: MessageShape<T>): void;
  /** The policy cannot be honoured. `field` is a path from the object's root, the message a sentence that says what to do. */
  invalid(field: string, message: string): void;
  /** The policy is honoured, but for this. */
  warn(field: string, message: string): void;
}

/** One feature of a policy kind: a field of its specification and all that follows from it. */
export interface PolicyFeature<in Config = never, out S extends Schema = Schema> {
  /** Name of the field in the policy's `spec`. */
  readonly field: string;
  readonly schema: S;
  readonly description: string;
  readonly httpFilter?: FeatureHttpFilter;
  /** Deprecated fields in use, as sentences such as `spec.jwt.x is deprecated, use spec.jwt.y instead`. */
  readonly deprecations?: (config: Config) => readonly string[];
  /** Turns the field into Envoy's configuration. Pure: what it needs comes from its arguments. */
  readonly translate: (config: Config, context: FeatureContext) => void;
}

/** Declares a feature. `field` is where its schema is mounted in the policy's `spec`. */
export function policyFeature<S extends Schema>(
  field: string,
  feature: Omit<PolicyFeature<Infer<S>, S>, "field">,
): PolicyFeature<Infer<S>, S> {
  return { ...feature, field };
}

/** Field of a policy's `spec` in which a feature is mounted. */
export function featureField<S extends Schema>(
  feature: PolicyFeature<never, S>,
): Field<Infer<S>, InferInput<S>, "optional"> {
  return optional(feature.schema as Schema<Infer<S>, InferInput<S>>, feature.description);
}
