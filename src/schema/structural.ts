/**
 * The structural schema: OpenAPI v3 as Kubernetes admits it in a CustomResourceDefinition ("structural schema"), as plain data.
 * Everything else (types, validator, rules, CRD, reference pages, editor schemas) derives from this data.
 */

/** A value as JSON can carry it. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** One validation rule in the Common Expression Language; `self` is the value at the place of the rule. */
export interface Rule {
  /** The expression; it must be true for the value to be accepted. */
  readonly rule: string;
  /** What the user is told when the rule is false. */
  readonly message?: string;
  /** An expression that yields the message; wins over {@link message}. */
  readonly messageExpression?: string;
  /** Machine-readable reason; Kubernetes takes `FieldValueInvalid` where it is absent. */
  readonly reason?: "FieldValueInvalid" | "FieldValueForbidden" | "FieldValueRequired" | "FieldValueDuplicate";
  /** Field below the rule's place that the failure points at, such as `.spec.name`. */
  readonly fieldPath?: string;
  /** Whether a rule that names `oldSelf` also runs on create, with `oldSelf` as an optional value. */
  readonly optionalOldSelf?: boolean;
}

/** The JSON types a schema may demand. */
export type JsonType = "object" | "array" | "string" | "integer" | "number" | "boolean";

/** One node of a structural schema. The members are those of OpenAPI v3 and Kubernetes' extensions, under their own names. */
export interface Structural {
  readonly type?: JsonType;
  readonly description?: string;
  readonly format?: string;
  readonly default?: Json;
  readonly nullable?: boolean;
  readonly enum?: readonly Json[];
  readonly pattern?: string;
  /** Counted in code points, as Kubernetes does. */
  readonly minLength?: number;
  /** Counted in code points, as Kubernetes does. */
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: boolean;
  readonly exclusiveMaximum?: boolean;
  readonly multipleOf?: number;
  readonly properties?: { readonly [name: string]: Structural };
  readonly required?: readonly string[];
  readonly additionalProperties?: Structural;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly items?: Structural;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly allOf?: readonly Structural[];
  readonly anyOf?: readonly Structural[];
  readonly oneOf?: readonly Structural[];
  readonly not?: Structural;
  readonly "x-kubernetes-int-or-string"?: boolean;
  readonly "x-kubernetes-preserve-unknown-fields"?: boolean;
  readonly "x-kubernetes-embedded-resource"?: boolean;
  readonly "x-kubernetes-list-type"?: "atomic" | "set" | "map";
  readonly "x-kubernetes-list-map-keys"?: readonly string[];
  readonly "x-kubernetes-map-type"?: "atomic" | "granular";
  readonly "x-kubernetes-validations"?: readonly Rule[];
  /** Name of the TypeScript interface or alias this node is written out as. Not part of a CRD. */
  readonly typeName?: string;
  /** Text of the named type itself (the description is the text of the field that uses it). Not part of a CRD. */
  readonly typeDoc?: string;
}
