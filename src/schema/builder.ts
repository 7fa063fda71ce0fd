/**
 * The functions in which kinds are written.
 *
 * Each returns a structural schema that carries two TypeScript types: `Out`, the value after defaulting, and `In`, the value as
 * a user may write it. Presence is the name of the function round a field (`required`, `optional`, `defaulted`), the text stands
 * at the field, rules come last, and a type used twice is a constant.
 */
import type { Json, Rule, Structural } from "./structural.ts";

declare const outType: unique symbol;
declare const inType: unique symbol;

/** A structural schema whose values have type `Out` once defaulted, and are written as `In`. */
export interface Schema<out Out = unknown, out In = unknown> extends Structural {
  readonly [outType]?: Out;
  readonly [inType]?: In;
}

/** Type of a schema's values after defaulting. */
export type Infer<S> = S extends { readonly [outType]?: infer Out } ? Out : never;

/** Type of a schema's values as users write them: defaulted fields may be left out. */
export type InferInput<S> = S extends { readonly [inType]?: infer In } ? In : never;

/** How a field may be missing: never, for good, or until its default is filled in. */
export type Presence = "required" | "optional" | "defaulted";

/** A field of an object: its schema (with the field's text), and whether it may be missing. */
export interface Field<out Out = unknown, out In = unknown, out P extends Presence = Presence> {
  readonly presence: P;
  readonly schema: Schema<Out, In>;
  /** True if the CRD lists the field as required, which a defaulted field may be as well. */
  readonly isRequired: boolean;
}

/** The fields of an object by name. */
export type Fields = { readonly [name: string]: Field };

type Flat<T> = { [K in keyof T]: T[K] };
type NamesWith<F extends Fields, P extends Presence> = {
  [K in keyof F]: F[K]["presence"] extends P ? K : never;
}[keyof F];

/** Type of an object with these fields after defaulting. */
export type ObjectOut<F extends Fields> = Flat<
  { readonly [K in NamesWith<F, "required" | "defaulted">]: Infer<F[K]["schema"]> } & {
    readonly [K in NamesWith<F, "optional">]?: Infer<F[K]["schema"]>;
  }
>;

/** Type of an object with these fields as users write it. */
export type ObjectIn<F extends Fields> = Flat<
  { readonly [K in NamesWith<F, "required">]: InferInput<F[K]["schema"]> } & {
    readonly [K in NamesWith<F, "optional" | "defaulted">]?: InferInput<F[K]["schema"]>;
  }
>;

/** What may follow the shape of a schema: rules, and further members of the structural schema such as {@link keepUnknown}. */
export type Extra = Rule | Structural;

/** Limits of a string. Lengths count code points; `pattern` is an RE2 expression that is not anchored by itself. */
export type StringLimits = Pick<Structural, "minLength" | "maxLength" | "pattern" | "format">;

/** Limits of a number; `format` is `int32`, `int64`, `float` or `double`. */
export type NumberLimits = Pick<
  Structural,
  "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" | "multipleOf" | "format"
>;

/** How a list's items are identified (`listType`, and its keys for a `map`), and how many there may be. */
export interface ListLimits {
  readonly listType?: "atomic" | "set" | "map";
  readonly listMapKeys?: readonly string[];
  readonly minItems?: number;
  readonly maxItems?: number;
}

/** A field that must be present. */
export function required<Out, In>(schema: Schema<Out, In>, text?: string): Field<Out, In, "required"> {
  return { presence: "required", schema: describe(schema, text), isRequired: true };
}

/** A field that may be absent and stays absent then. */
export function optional<Out, In>(schema: Schema<Out, In>, text?: string): Field<Out, In, "optional"> {
  return { presence: "optional", schema: describe(schema, text), isRequired: false };
}

/**
 * A field that takes `value` where it is absent. The value is written as users would write it: defaults inside it are filled in.
 * With `required` the CRD lists the field as required as well (defaults come first, so nobody notices but readers of the CRD).
 */
export function defaulted<Out, In>(
  schema: Schema<Out, In>,
  value: NoInfer<In>,
  text?: string,
  options: { readonly required?: boolean } = {},
): Field<Out, In, "defaulted"> {
  const withDefault: Schema<Out, In> = { ...describe(schema, text), default: value as Json };
  return { presence: "defaulted", schema: withDefault, isRequired: options.required === true };
}

/** An object with these fields; unknown fields are dropped with a warning, unless {@link keepUnknown} is given. */
export function object<F extends Fields>(fields: F, ...extras: readonly Extra[]): Schema<ObjectOut<F>, ObjectIn<F>> {
  const entries = Object.entries(fields);
  const requiredNames = entries.filter(([, field]) => field.isRequired).map(([name]) => name);
  return also(
    {
      type: "object",
      ...(entries.length > 0 && {
        properties: Object.fromEntries(entries.map(([name, field]) => [name, field.schema])),
      }),
      ...(requiredNames.length > 0 && { required: requiredNames }),
    },
    ...extras,
  );
}

/** A string. `string<Duration>(…)` narrows the type for readers; nothing checks the narrower type but the limits. */
export function string<T extends string = string>(
  limits: StringLimits = {},
  ...extras: readonly Extra[]
): Schema<T, T> {
  return also({ type: "string", ...limits }, ...extras);
}

/** A whole number; `80.0` is one too. */
export function integer(limits: NumberLimits = {}, ...extras: readonly Extra[]): Schema<number, number> {
  return also({ type: "integer", ...limits }, ...extras);
}

/** A number with or without a fraction. */
export function number(limits: NumberLimits = {}, ...extras: readonly Extra[]): Schema<number, number> {
  return also({ type: "number", ...limits }, ...extras);
}

/** True or false. */
export function boolean(...extras: readonly Extra[]): Schema<boolean, boolean> {
  return also({ type: "boolean" }, ...extras);
}

/** One of these strings. Further limits (such as a length) can be given with {@link also}. */
export function oneOf<const Values extends readonly string[]>(
  ...values: Values
): Schema<Values[number], Values[number]> {
  return { type: "string", enum: values };
}

/** A list of items of one schema. */
export function listOf<Out, In>(
  items: Schema<Out, In>,
  limits: ListLimits = {},
  ...extras: readonly Extra[]
): Schema<readonly Out[], readonly In[]> {
  const { listType, listMapKeys, ...sizes } = limits;
  return also(
    {
      type: "array",
      items,
      ...sizes,
      ...(listType && { "x-kubernetes-list-type": listType }),
      ...(listMapKeys && { "x-kubernetes-list-map-keys": listMapKeys }),
    },
    ...extras,
  );
}

/** An object with any keys, whose values have one schema. */
export function mapOf<Out, In>(
  values: Schema<Out, In>,
  ...extras: readonly Extra[]
): Schema<{ readonly [key: string]: Out }, { readonly [key: string]: In }> {
  return also({ type: "object", additionalProperties: values }, ...extras);
}

/** A whole number or a string, such as a port by number or name; `pattern` applies to the string only. */
export function intOrString(
  limits: Structural = {},
  ...extras: readonly Extra[]
): Schema<number | string, number | string> {
  return also(
    { anyOf: [{ type: "integer" }, { type: "string" }], "x-kubernetes-int-or-string": true, ...limits },
    ...extras,
  );
}

/** A value whose content is not looked at: kept as it is. With `{ type: "object" }` it must at least be an object. */
export function anything<T = unknown>(limits: Structural = {}, ...extras: readonly Extra[]): Schema<T, T> {
  return also({ "x-kubernetes-preserve-unknown-fields": true, ...limits }, ...extras);
}

/** The schema with further limits, annotations and rules; rules are added to those it has. */
export function also<Out, In>(schema: Schema<Out, In>, ...extras: readonly Extra[]): Schema<Out, In> {
  const rules: Rule[] = [...(schema["x-kubernetes-validations"] ?? [])];
  let merged: Schema<Out, In> = schema;
  for (const extra of extras) {
    if ("rule" in extra) rules.push(extra);
    else merged = { ...merged, ...extra };
  }
  return rules.length > 0 ? { ...merged, "x-kubernetes-validations": rules } : merged;
}

/** The schema under the name its TypeScript type and its entry in the reference get; `doc` tells what the type is for. */
export function named<Out, In>(typeName: string, schema: Schema<Out, In>, doc?: string): Schema<Out, In> {
  return { ...schema, typeName, ...(doc !== undefined && { typeDoc: doc }) };
}

/** Extra of {@link object}: unknown fields are kept without a word. */
export const keepUnknown: Structural = { "x-kubernetes-preserve-unknown-fields": true };

/** Extra of {@link object} and {@link mapOf}: in server-side apply the value has one owner as a whole. */
export const atomicMap: Structural = { "x-kubernetes-map-type": "atomic" };

function describe<Out, In>(schema: Schema<Out, In>, text: string | undefined): Schema<Out, In> {
  return text === undefined ? schema : { ...schema, description: text };
}
